import { printable } from '../../base/printable.ts';
import { listScenarios, type ScenarioSummary } from '../../run/scenario-files.ts';
import type { CliContext } from '../shell/context.ts';
import type { OutputFlags } from '../shell/options.ts';
import { ExitCode } from '../shell/exit-codes.ts';
import { unjudged } from '../shell/unjudged.ts';

/** `kvcache run --list`. */
export async function runList(flags: OutputFlags, context: CliContext): Promise<ExitCode> {
  const scenarios = await listScenarios(context.env);
  context.stdout.write(
    flags.json ? unjudged('kvcache.run-list/v1', { scenarios }) : scenarios.map(describe).join(''),
  );
  return ExitCode.pass;
}

function describe({ name, summary, demonstrates, outcome }: ScenarioSummary): string {
  const more = [demonstrates, outcome && `Expected: ${outcome}`].filter(Boolean);
  const lines = [`${name.padEnd(16)} ${summary}`, ...more.map((line) => `  ${line}`)];
  return lines.map((line) => `${printable(line)}\n`).join('');
}
