import { SCENARIOS } from '../../run/scenarios.ts';
import type { CliContext } from '../shell/context.ts';
import type { ExitCode } from '../shell/exit-codes.ts';
import type { SampleFlags } from './sample.ts';
import type { ScenarioFlags } from './scenario.ts';

export type RunFlags = SampleFlags & ScenarioFlags & { list?: boolean };

/** `kvcache run`: the sample or a scenario file up, driven, judged and down again; or their list. */
export async function run(flags: RunFlags, context: CliContext): Promise<ExitCode> {
  if (flags.list) return (await import('./list.ts')).runList(flags, context);
  return SCENARIOS.some(({ name }) => name === flags.scenario)
    ? (await import('./sample.ts')).runSample(flags, context)
    : (await import('./scenario.ts')).runScenario(flags, context);
}
