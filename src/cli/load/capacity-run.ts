import { formatCount, formatFigure } from '../../base/figures.ts';
import { type Check, type Outcome, worstOutcome } from '../../base/outcome.ts';
import { printableJson } from '../../base/printable.ts';
import { VERSION } from '../../base/version.ts';
import { foundCheck, gainCheck } from '../../capacity/checks.ts';
import { gainOf } from '../../capacity/gain.ts';
import {
  type LiveArm,
  type LiveFound,
  type LiveSearch,
  searchLive,
} from '../../capacity/live-search.ts';
import type { CapacityStep } from '../../capacity/result.ts';
import { rateText } from '../../capacity/text.ts';
import { SampleLog } from '../../load/sample-log.ts';
import {
  capacityReport,
  type CapacityEnd,
  type CapacityHead,
} from '../../report/build-capacity.ts';
import type { CapacityAsked } from '../../report/rebuild-capacity.ts';
import { curveName } from '../../report/capacity-tables.ts';
import type { CliContext } from '../shell/context.ts';
import { type ExitCode, exitCodeOfOutcome, exitCodeOfStop } from '../shell/exit-codes.ts';
import type { OutputFlags } from '../shell/options.ts';
import { openProgress } from '../shell/progress.ts';
import { deliverReports, type ReportPlan } from '../shell/reporters.ts';
import { tellWritten } from '../shell/written.ts';
import { unansweredCheck } from './checks.ts';

/** A search on servers that are up, as a command wants it. */
export interface CapacityRun extends Pick<
  LiveSearch,
  'objectivesOf' | 'startRate' | 'budget' | 'seed' | 'timeoutMs' | 'inFlightMax'
> {
  /** `kvcache load` or `kvcache verify`. */
  title: string;
  asked: CapacityAsked;
  /** Of one engine; null where nobody said. */
  pricePerHour: number | null;
  comparable: CapacityHead['comparable'];
  arms: readonly [LiveArm, ...LiveArm[]];
  /** Aborted by the user, or when what we started has died. */
  signal: AbortSignal;
  /** Where every request is written; undefined for nowhere. */
  logPath: string | undefined;
}

interface Surroundings {
  flags: OutputFlags;
  context: CliContext;
  reports: ReportPlan;
}

/** Searches, judges, reports. What was measured until a stop is reported, too. */
export async function runCapacity(run: CapacityRun, around: Surroundings): Promise<ExitCode> {
  const { flags, context, reports } = around;
  const startMs = context.clock.nowMs();
  const head: CapacityHead = {
    title: run.title,
    version: VERSION,
    startedAt: new Date(context.clock.wallMs()).toISOString(),
    seed: run.seed,
    comparable: run.comparable,
  };
  const log =
    run.logPath === undefined
      ? undefined
      : new SampleLog(run.logPath, { command: 'capacity', ...head, asked: run.asked });
  try {
    const found = await search(run, around, log);
    const end = endOf({ run, found, context }, context.clock.nowMs() - startMs);
    log?.end({ ...end });
    const lost = log?.close();
    if (log && !lost) tellWritten(log.path, flags, context);
    await deliverReports(capacityReport(head, end), reports, { flags, context });
    if (lost) throw lost;
    if (flags.json) context.stdout.write(documentOf(head, end));
    return end.exitCode as ExitCode;
  } finally {
    log?.close();
  }
}

async function search(
  run: CapacityRun,
  { flags, context }: Surroundings,
  log: SampleLog | undefined,
): Promise<LiveFound> {
  const { clock } = context;
  const title = run.title.replace(/^kvcache /, '');
  const progress = await openProgress({ title, phases: ['search'] }, flags, context);
  progress.onEvent({ type: 'phase', phase: 'search' });
  try {
    return await searchLive(run.arms, {
      ...run,
      clock,
      originMs: clock.nowMs(),
      record: (sample) => {
        log?.append(sample);
        progress.onSample(sample);
      },
      onEvent: (event) => progress.onEvent(event),
      flush: () => log?.flush(),
      onStep: (arm, step) => {
        log?.note({ arm, step });
        progress.onEvent({ type: 'note', text: stepLine(arm, step) });
      },
    });
  } finally {
    progress.stop();
  }
}

function stepLine(arm: string, { rate, verdict, requests, goodput }: CapacityStep): string {
  const name = arm === '' ? '' : `${curveName({ arm })}, `;
  const good = `${formatFigure(100 * goodput)} % of ${formatCount(requests)} good`;
  return `${name}${rateText(rate)} ${verdict}: ${good}`;
}

function endOf(
  { run, found, context }: { run: CapacityRun; found: LiveFound; context: CliContext },
  durationMs: number,
): CapacityEnd {
  const { objectives, curves, failures } = found;
  const { engines } = run.asked;
  const isCompared = run.arms.length > 1;
  const gain = isCompared ? gainOf(curves, { engines, pricePerHour: run.pricePerHour }) : null;
  const isPartial = context.signal.aborted;
  const checks: Check[] =
    curves.length === 0
      ? [unansweredCheck(failures, isPartial)]
      : [...curves.map(foundCheck), ...(isCompared ? [gainCheck(gain)] : [])];
  const judged: Outcome[] = checks.map((it) => it.outcome);
  const outcome = worstOutcome(isPartial ? [...judged, 'inconclusive'] : judged);
  return {
    outcome,
    exitCode: isPartial ? exitCodeOfStop(context.signal) : exitCodeOfOutcome(outcome),
    isPartial,
    stopReason: isPartial ? 'Stopped by the user.' : null,
    durationMs,
    checks,
    result: {
      ...run.asked,
      objectives: objectives.map(({ text }) => text),
      curves,
      gain,
    },
  };
}

function documentOf({ seed, title }: CapacityHead, end: CapacityEnd): string {
  const { outcome, exitCode, isPartial, checks, result } = end;
  const document = {
    schema: 'kvcache.capacity/v1',
    outcome,
    exitCode,
    isPartial,
    checks,
    seed,
    title,
  };
  return `${printableJson({ ...document, ...result })}\n`;
}
