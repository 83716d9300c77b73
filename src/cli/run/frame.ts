import { printableJson } from '../../base/printable.ts';
import { aborted } from '../../base/clock.ts';
import { formatDuration } from '../../base/duration.ts';
import { runReport } from '../../report/build-run.ts';
import type { ReportSample } from '../../report/model.ts';
import type { RunningStack } from '../../stack/start-stack.ts';
import type { WorkDir } from '../../supervise/work-dir.ts';
import type { CliContext } from '../shell/context.ts';
import { type ExitCode, exitCodeOfOutcome } from '../shell/exit-codes.ts';
import { inWorkDir } from '../shell/in-work-dir.ts';
import type { OutputFlags, ReporterFlags, WorkDirFlags } from '../shell/options.ts';
import { deliverReports, planReports } from '../shell/reporters.ts';
import { Voice } from '../shell/voice.ts';
import { readyDocument, type RunEnd, type RunMembers } from './document.ts';
import { HeldOutput } from './held-output.ts';
import { tellLogs } from './text.ts';
import { RunView } from './view.ts';

/** Flags that mean the same for every scenario. */
export interface FrameFlags extends OutputFlags, ReporterFlags, WorkDirFlags {
  scenario: string;
  keep?: boolean;
}

/** Where a run plays: its files, who tells people of it, and what shows it live. */
export interface Stage {
  workDir: string;
  voice: Voice;
  view: RunView;
}

type RunStack = RunMembers & Pick<RunningStack, 'signal' | 'stop'>;

type Played = Pick<RunEnd, 'outcome' | 'checks'>;

/** What is played, in the order in which it happens. */
export interface Scene<Stack extends RunStack, Found extends Played> {
  /** Starts the name of the work directory. */
  prefix: string;
  /** Between start and stop. */
  phases: readonly string[];
  /** How many checks will settle. */
  checks: number;
  start: (stage: Stage) => Promise<Stack>;
  drive: (stack: Stack, stage: Stage) => Promise<Found>;
  /** Null where nothing is random. */
  seed: number | null;
  /** Every request, for the report. */
  samples: (run: Found) => ReportSample[];
  /** The machine's view of a finished run. */
  document: (run: Found & RunEnd) => object;
}

/** What surrounds every run: a work directory, kept when there is something to look up, and the reports. */
export async function runInFrame<Stack extends RunStack, Found extends Played>(
  scene: Scene<Stack, Found>,
  flags: FrameFlags,
  context: CliContext,
): Promise<ExitCode> {
  const setting = { flags, context };
  const reports = planReports(flags, context);
  const narration = new HeldOutput(reports.narration);
  const voice = new Voice(flags, context, narration);
  const startMs = context.clock.nowMs();
  const inDirectory = async (workDir: WorkDir): Promise<ExitCode> => {
    const phases = ['starting', ...scene.phases, 'stopping'];
    const view = new RunView({ phases, checks: scene.checks }, narration, setting);
    const stage = { workDir: workDir.path, voice, view };
    const found = await play(scene, stage, setting).finally(() => view.stop());
    const isKept = flags.keepWorkDir === true || found.outcome !== 'pass';
    if (!isKept) await workDir.remove();
    const exitCode = exitCodeOfOutcome(found.outcome);
    const durationMs = context.clock.nowMs() - startMs;
    const run = { ...found, workDir: workDir.path, isKept, durationMs, exitCode };
    tellLogs(run, voice);
    voice.say('');
    voice.verdict(run.outcome, run.checks, [
      formatDuration(durationMs),
      ...(scene.seed === null ? [] : [`seed ${scene.seed}`]),
    ]);
    const detail = scene.document(run);
    const startedAt = new Date(context.clock.wallMs() - durationMs).toISOString();
    const { seed } = scene;
    const samples = scene.samples(found);
    const scenario = flags.scenario;
    const report = runReport({ ...run, detail, scenario, startedAt, seed, samples });
    // All but the terminal's: that has been told as it happened.
    const streams = reports.streams.filter((it) => it !== 'terminal');
    await deliverReports(report, { ...reports, streams }, setting);
    if (flags.json) context.stdout.write(`${printableJson(detail)}\n`);
    return exitCode;
  };
  return inWorkDir(scene.prefix, inDirectory, setting);
}

async function play<Stack extends RunStack, Found extends Played>(
  scene: Scene<Stack, Found>,
  stage: Stage,
  setting: { flags: FrameFlags; context: CliContext },
): Promise<Found & Pick<RunEnd, 'members'>> {
  const { view } = stage;
  view.on({ type: 'phase', phase: 'starting' });
  const stack = await scene.start(stage);
  try {
    const found = await scene.drive(stack, stage);
    if (setting.flags.keep) await keepUp(stack, stage, setting);
    return { ...found, members: [stack.controller, ...stack.engines, stack.gateway] };
  } finally {
    view.on({ type: 'phase', phase: 'stopping' });
    await stack.stop();
  }
}

/**
 * Until the user says stop. The ready line comes after the checks: who waits for it may send traffic
 * without spoiling what is judged.
 */
async function keepUp(
  stack: RunStack,
  { workDir, voice, view }: Stage,
  { flags, context }: { flags: FrameFlags; context: CliContext },
): Promise<void> {
  const { signal } = stack;
  view.stop();
  if (flags.json) context.stdout.write(`${printableJson(readyDocument(stack, workDir))}\n`);
  voice.say('', `Everything stays up; logs in ${workDir}. Ctrl-C ends it.`);
  await aborted(signal);
  // Being told to stop is how --keep ends well; a child that died is not.
  if (!context.signal.aborted) throw signal.reason;
}
