import { formatDuration } from '../../base/duration.ts';
import { type Check, settled } from '../../base/outcome.ts';
import type { Union } from './union.ts';
import { listed } from './plan-checks.ts';
import { logName, type ShardLog } from './shard-log.ts';

/** A shard that begins later than this was held up: the others had the target for themselves. */
const LATE_MS_MAX = 100;
/** Clocks that are known no better say little of who sent when. */
const CLOCK_MS_MAX = 50;
/** In a closed loop, the part of the time that all shards were at it. */
const OVERLAP_MIN = 0.8;

/** Whether the shards ran at the same time, and how well that is known. */
export function shardsTogether(logs: readonly ShardLog[]): Check {
  const begun = logs.filter((it) => it.facts !== undefined && it.end?.phase !== undefined);
  const bad = [...apart(begun), ...endedEarly(begun)];
  const unknown = clockDoubts(begun);
  const latest = Math.max(0, ...begun.map((it) => it.end!.beganMs ?? 0));
  const outcome = bad.length > 0 ? 'invalid' : unknown.length > 0 ? 'inconclusive' : 'pass';
  return settled({
    id: 'shards-together',
    claim: 'The shards sent their parts at the same time.',
    outcome,
    expected: `a common start, kept to ${LATE_MS_MAX} ms, by clocks known to ${CLOCK_MS_MAX} ms`,
    actual: bad.length > 0 ? listed(bad) : unknown.length > 0 ? 'not known' : 'together',
    evidence: [
      `ready at most ${formatDuration(latest)} after the start`,
      clockText(begun),
      listed(unknown),
    ],
    remedy:
      outcome === 'invalid'
        ? 'Repeat the run, with --barrier where shards start at different times.'
        : 'Let shards meet with --barrier, which compares their clocks.',
  });
}

function apart(logs: readonly ShardLog[]): string[] {
  const [first] = logs;
  return logs.flatMap((log) => {
    const { beganMs = 0 } = log.end!;
    if (log.facts!.startAtMs !== first!.facts!.startAtMs) {
      return [`${logName(log)} is of another start than ${logName(first!)}`];
    }
    return beganMs > LATE_MS_MAX ? [`${logName(log)} was ${formatDuration(beganMs)} late`] : [];
  });
}

/** An open loop ends by its plan; in a closed one the others go on with less in flight than was asked for. */
function endedEarly(logs: readonly ShardLog[]): string[] {
  const isClosed = logs.some(({ head }) => isClosedLoop(head!.comparable));
  if (!isClosed || logs.some(({ end }) => end!.phase!.ended !== 'complete')) return [];
  const longest = Math.max(...logs.map(({ end }) => end!.phase!.endMs));
  return logs.flatMap((log) => {
    const share = log.end!.phase!.endMs / longest;
    return share < OVERLAP_MIN
      ? [`${logName(log)} was done after ${Math.round(share * 100)} % of the time`]
      : [];
  });
}

function isClosedLoop(comparable: Readonly<Record<string, unknown>>): boolean {
  return ['rate', 'stages', 'trace'].every((name) => (comparable[name] ?? null) === null);
}

function clockDoubts(logs: readonly ShardLog[]): string[] {
  const first = logs[0]?.facts!.bootId ?? null;
  const isOneClock = first !== null && logs.every(({ facts }) => facts!.bootId === first);
  return logs.flatMap((log) => {
    const { clock } = log.facts!;
    if (clock === null) return isOneClock ? [] : [`nobody compared the clock of ${logName(log)}`];
    return clock.boundMs > CLOCK_MS_MAX
      ? [`the clock of ${logName(log)} is known to ${formatDuration(clock.boundMs)} only`]
      : [];
  });
}

function clockText(logs: readonly ShardLog[]): string | undefined {
  const clocks = logs.flatMap(({ facts }) => facts!.clock ?? []);
  if (clocks.length === 0) return undefined;
  const most = (of: (it: (typeof clocks)[number]) => number): string =>
    formatDuration(Math.max(...clocks.map(of)));
  return `clocks differ by up to ${most((it) => Math.abs(it.offsetMs))} from the barrier's, known to ${most((it) => it.boundMs)}`;
}

/** Whether the shards together sent the plan, each request once. */
export function planWhole(logs: readonly ShardLog[], union: Union): Check {
  const ends = logs.flatMap(({ end }) => end ?? []);
  const plans = new Set(ends.map((it) => it.planned ?? null));
  const [planned] = plans;
  const isComplete = logs.length > 0 && logs.every(({ end }) => end?.phase?.ended === 'complete');
  const lacking = logs.flatMap((log) => {
    const sent = log.end?.phase?.started ?? log.samples;
    const lost = sent - log.samples;
    return lost === 0 ? [] : [`${logName(log)} sent ${sent} requests, its log has ${log.samples}`];
  });
  const missing = (planned ?? union.requests) - union.requests;
  const bad = [
    ...lacking,
    ...(union.twice.length > 0 ? [`${union.twice.length} requests were sent twice`] : []),
    ...(plans.size > 1 ? ['the shards do not agree on how long the plan is'] : []),
    ...(isComplete && missing !== 0 ? [`${missing} requests of the plan were sent by nobody`] : []),
  ];
  return settled({
    id: 'plan-whole',
    claim: 'Together the shards sent the plan, each request once.',
    outcome: bad.length > 0 ? 'invalid' : isComplete ? 'pass' : 'inconclusive',
    expected: planned == null ? 'each request once' : `${planned} requests, each once`,
    actual: `${union.requests} requests`,
    evidence: [listed(bad), ...union.leftOut],
    remedy: 'Look into the log of the shard that is named, then repeat the run.',
  });
}
