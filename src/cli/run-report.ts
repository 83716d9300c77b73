import { type FinishedRun, runReport } from '../report/build-run.ts';
import type { RunFlags } from './commands/run.ts';
import type { CliContext } from './context.ts';
import { deliverReports, type ReportPlan } from './reporters.ts';

/** The reports of a scenario's run but the terminal's: it has been told as it happened. */
export async function deliverRun(
  run: Omit<FinishedRun, 'scenario' | 'startedAt'>,
  reports: ReportPlan,
  { flags, context }: { flags: RunFlags; context: CliContext },
): Promise<void> {
  const startedAt = new Date(context.clock.wallMs() - run.durationMs).toISOString();
  const report = runReport({ ...run, scenario: flags.scenario, startedAt });
  const streams = reports.streams.filter((it) => it !== 'terminal');
  await deliverReports(report, { ...reports, streams }, { flags, context });
}
