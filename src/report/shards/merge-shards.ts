import { byCount, countBy, sumOf } from '../../base/lists.ts';
import { type Check, type Outcome, worstOutcome } from '../../base/outcome.ts';
import type { PhaseResult } from '../../load/aggregate.ts';
import type { PromptCertificate } from '../../load/certificate.ts';
import type { PhaseEnd } from '../../load/events.ts';
import type { FailureKind } from '../../load/failure-tally.ts';
import type { PhaseOutcome } from '../../load/run-load.ts';
import { checkThreshold, LOAD_METRICS } from '../../load/metrics.ts';
import { parseThreshold } from '../../stats/threshold.ts';
import { type LoadEnd, type LoadHead, loadReport } from '../build-load.ts';
import { reportError } from '../errors.ts';
import type { LoadReport } from '../model.ts';
import { ownChecks } from './own-checks.ts';
import { onePlan, shardsComplete } from './plan-checks.ts';
import { inOrder } from './in-order.ts';
import { logName, openShardLog, partOf, samplesOf, type ShardLog } from './shard-log.ts';
import { planWhole, shardsTogether } from './time-checks.ts';
import { Union } from './union.ts';

/** A sample log, and what people call it. */
export interface ShardSource {
  path: string;
  source: string;
}

/** The whole, for every form of a report. */
export interface Merged {
  head: LoadHead;
  end: LoadEnd;
  found: {
    phase: PhaseOutcome;
    result: PhaseResult;
    failures: FailureKind[];
    certificate: PromptCertificate | null;
    audit: LoadEnd['audit'];
  };
  report: LoadReport;
}

/**
 * The shards of one plan as one run: their samples put together, and judged as a whole. What is missing,
 * late, overloaded or from another plan makes it invalid, by its name.
 * @throws KvcacheError SAMPLES_INVALID, MERGE_TWICE, MERGE_UNSUPPORTED (kind usage)
 */
export async function mergeShards(
  sources: readonly ShardSource[],
  exitCodeOf: (outcome: Outcome) => number,
): Promise<Merged> {
  const logs: ShardLog[] = [];
  for (const { path, source } of sources) logs.push(await openShardLog(path, source));
  const { reference, ours, foreign } = sorted(logs);
  const head = reference.head!;
  const union = new Union(head.timeoutMs);
  for await (const sample of inOrder(ours.map(samplesOf))) union.add(sample);
  const result = union.result();
  const checks = [
    shardsComplete(ours, partOf(reference)!.of),
    onePlan(reference, foreign, logs.length),
    shardsTogether(ours),
    planWhole(ours, union),
    ...ownChecks(ours),
    ...thresholdChecks(head, result, union),
  ];
  const outcome = worstOutcome(checks.map((it) => it.outcome));
  const end = endOf(ours, checks, { outcome, exitCode: exitCodeOf(outcome) });
  const shards = ours.flatMap(({ facts }) => facts ?? []).toSorted((a, b) => a.index - b.index);
  const { samples, histograms } = union;
  const startedAt = reference.facts
    ? new Date(reference.facts.startAtMs).toISOString()
    : head.startedAt;
  return {
    head,
    end,
    found: {
      phase: phaseOf(ours),
      result,
      failures: union.failures.kinds,
      certificate: ours.find((it) => it.end?.certificate)?.end?.certificate ?? null,
      audit: end.audit,
    },
    report: loadReport({ ...head, startedAt }, end, { result, samples, histograms, shards }),
  };
}

const ENDS: readonly PhaseEnd[] = ['stopped', 'too-many-errors', 'complete'];

/** What the shards' phases come to; one that has no end counts as stopped. */
function phaseOf(logs: readonly ShardLog[]): PhaseOutcome {
  const phases = logs.map(({ end }) => end?.phase);
  const sum = (of: (it: PhaseOutcome) => number): number =>
    sumOf(phases, (it) => (it ? of(it) : 0));
  const ends = phases.map((it) => it?.ended ?? 'stopped');
  return {
    ended: ENDS.find((it) => ends.includes(it)) ?? 'stopped',
    startMs: 0,
    endMs: Math.max(0, ...phases.map((it) => it?.endMs ?? 0)),
    scheduled: sum((it) => it.scheduled),
    started: sum((it) => it.started),
    unsent: sum((it) => it.unsent),
    finished: sum((it) => it.finished),
    failed: sum((it) => it.failed),
  };
}

interface Sorted {
  /** Stands for its plan. */
  reference: ShardLog;
  ours: ShardLog[];
  foreign: ShardLog[];
}

/** By plan: most of them are taken to be of the one that is meant. */
function sorted(logs: readonly ShardLog[]): Sorted {
  const shards = logs.filter(({ head }) => head?.shard !== undefined);
  const [plan] = byCount(countBy(shards, ({ facts }) => facts?.plan))[0] ?? [];
  const reference = shards.find(({ facts }) => facts?.plan === plan) ?? shards[0];
  if (reference === undefined) throw reportError('MERGE_UNSUPPORTED');
  const { of } = partOf(reference)!;
  // One that never came to the start does not say of which plan it is: it is counted as broken, not as foreign.
  const isOurs = (log: ShardLog): boolean =>
    log.head?.shard?.of === of && (log.facts === undefined || log.facts.plan === plan);
  const [ours, foreign] = [logs.filter(isOurs), logs.filter((log) => !isOurs(log))];
  refuseTwice(ours);
  return { reference, ours, foreign };
}

function refuseTwice(logs: readonly ShardLog[]): void {
  const seen = new Map<number, ShardLog>();
  for (const log of logs) {
    const { index } = partOf(log)!;
    const before = seen.get(index);
    if (before !== undefined) {
      const message = `The same part is there twice: ${logName(before)} and ${logName(log)}.`;
      throw reportError('MERGE_TWICE', { message });
    }
    seen.set(index, log);
  }
}

function thresholdChecks(
  { thresholds = [] }: LoadHead,
  result: PhaseResult,
  union: Union,
): Check[] {
  return thresholds.map((text) => {
    const threshold = parseThreshold(text, LOAD_METRICS);
    const check = checkThreshold(threshold, result);
    const isBlurred = !union.hasExactGaps && threshold.metric.startsWith('itl.');
    if (!isBlurred || check.outcome !== 'inconclusive') return check;
    return { ...check, evidence: 'So many gaps between tokens are counted without an interval.' };
  });
}

function endOf(
  logs: readonly ShardLog[],
  checks: Check[],
  verdict: Pick<LoadEnd, 'outcome' | 'exitCode'>,
): LoadEnd {
  const ends = logs.flatMap(({ end }) => end ?? []);
  const audit = logs.flatMap((log) =>
    (log.end?.audit ?? [])
      .filter(({ level }) => level !== 'ok')
      .map((it) => ({ ...it, text: `${logName(log)}: ${it.text}` })),
  );
  return {
    ...verdict,
    isPartial: ends.length < logs.length || ends.some((it) => it.isPartial),
    stopReason: ends.find((it) => it.stopReason !== null)?.stopReason ?? null,
    checks,
    prompts: ends.find((it) => it.prompts !== null)?.prompts ?? null,
    audit,
  };
}
