import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import type { Check, Outcome } from '../../base/outcome.ts';
import { runReport } from '../../report/build-run.ts';
import { keepUnlessEmpty, makeWorkDir } from '../../supervise/work-dir.ts';
import type { RunFlags } from './command.ts';
import type { CliContext } from '../shell/context.ts';
import { type ExitCode, exitCodeOfOutcome } from '../shell/exit-codes.ts';
import type { HeldOutput } from '../shell/held-output.ts';
import { deliverReports, type ReportPlan } from '../shell/reporters.ts';
import { type RunOutline, RunView } from './view.ts';

/** What every scenario hands over once it is played. */
interface Played {
  outcome: Outcome;
  checks: readonly Check[];
}

/** How a run ended, whatever was played. */
export interface RunEnd {
  workDir: string;
  /** Whether the work directory is still there. */
  isKept: boolean;
  durationMs: number;
  exitCode: ExitCode;
}

/** Who tells of a run; kept up and verdict are told the same way for every scenario. */
export interface RunNarrator<Summary> {
  keptUp(workDir: string): void;
  verdict(summary: Summary): void;
}

export interface RunFrame<Done extends Played> {
  /** Starts the name of the work directory. */
  prefix: string;
  reports: ReportPlan;
  /** What the narrator writes to. */
  narration: HeldOutput;
  narrator: RunNarrator<Done & RunEnd>;
  outline: RunOutline;
  play: (workDir: string, view: RunView) => Promise<Done>;
  /** The machine's view of a finished run. */
  document: (summary: Done & RunEnd) => object;
}

/** What surrounds every run: a work directory, kept when there is something to look up, and the reports. */
export async function runInFrame<Done extends Played>(
  frame: RunFrame<Done>,
  flags: RunFlags,
  context: CliContext,
): Promise<ExitCode> {
  const { prefix, reports, narrator } = frame;
  const startMs = context.clock.nowMs();
  const workDir = await makeWorkDir({
    requested: flags.workDir === undefined ? undefined : resolve(context.cwd, flags.workDir),
    tempRoot: tmpdir(),
    prefix,
  });
  try {
    const done = await watched(frame, workDir.path, { flags, context });
    const isKept = flags.keepWorkDir === true || done.outcome !== 'pass';
    if (!isKept) await workDir.remove();
    const exitCode = exitCodeOfOutcome(done.outcome);
    const durationMs = context.clock.nowMs() - startMs;
    const summary = { ...done, workDir: workDir.path, isKept, durationMs, exitCode };
    narrator.verdict(summary);
    await deliver(summary, frame.document(summary), { reports, flags, context });
    return exitCode;
  } catch (error) {
    if (await keepUnlessEmpty(workDir)) context.stderr.write(`Logs are kept in ${workDir.path}\n`);
    throw error;
  }
}

async function watched<Done extends Played>(
  { outline, narration, play }: RunFrame<Done>,
  workDir: string,
  setting: { flags: RunFlags; context: CliContext },
): Promise<Done> {
  const view = new RunView(outline, narration, setting);
  try {
    return await play(workDir, view);
  } finally {
    view.stop();
  }
}

/** All reports but the terminal's: it has been told as it happened. */
async function deliver(
  { outcome, checks, exitCode, durationMs }: Played & RunEnd,
  detail: object,
  { reports, flags, context }: { reports: ReportPlan; flags: RunFlags; context: CliContext },
): Promise<void> {
  const startedAt = new Date(context.clock.wallMs() - durationMs).toISOString();
  const { scenario } = flags;
  const report = runReport({
    outcome,
    checks,
    exitCode,
    durationMs,
    detail,
    scenario,
    startedAt,
  });
  const streams = reports.streams.filter((it) => it !== 'terminal');
  await deliverReports(report, { ...reports, streams }, { flags, context });
  if (flags.json) context.stdout.write(`${JSON.stringify(detail)}\n`);
}

/**
 * Until the user says stop. The ready line comes after the checks: who waits for it may send traffic
 * without spoiling what is judged.
 */
export async function keepUp(
  { signal, workDir, ready }: { signal: AbortSignal; workDir: string; ready: object },
  narrator: Pick<RunNarrator<never>, 'keptUp'>,
  { flags, context }: { flags: RunFlags; context: CliContext },
): Promise<void> {
  if (flags.json) context.stdout.write(`${JSON.stringify(ready)}\n`);
  narrator.keptUp(workDir);
  await new Promise<void>((stop) => {
    if (signal.aborted) stop();
    signal.addEventListener('abort', () => stop(), { once: true });
  });
  // Being told to stop is how --keep ends well; a child that died is not.
  if (!context.signal.aborted) throw signal.reason;
}
