import type { Command } from 'commander';
import { listScenarios } from '../../run/scenario-files.ts';
import { completionScript, type Shell } from './scripts.ts';
import { completables } from './completions.ts';
import type { CliContext } from '../shell/context.ts';
import { ExitCode } from '../shell/exit-codes.ts';

/** `kvcache completion`: a script made from the commands as they are. */
export async function completion(
  { shell, program }: { shell: Shell; program: Command },
  { stdout, env }: CliContext,
): Promise<ExitCode> {
  const scenarios = await listScenarios(env);
  const commands = completables(program, {
    scenario: scenarios.map(({ name }) => name),
  });
  stdout.write(completionScript(shell, program.name(), commands));
  return ExitCode.pass;
}
