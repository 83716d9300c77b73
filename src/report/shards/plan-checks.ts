import { type Check, settled } from '../../base/outcome.ts';
import { shardName } from '../../base/shard.ts';
import { logName, partOf, type ShardLog } from './shard-log.ts';

const SHOWN_MAX = 8;

/** Some of many, and how many more. */
export function listed(texts: readonly string[]): string {
  const more = texts.length - SHOWN_MAX;
  return `${texts.slice(0, SHOWN_MAX).join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}

/** Whether all parts of the plan are there, each from its beginning to its end. */
export function shardsComplete(logs: readonly ShardLog[], of: number): Check {
  const there = new Set(logs.map((it) => partOf(it)?.index));
  const missing = Array.from({ length: of }, (_, index) => index)
    .filter((index) => !there.has(index))
    .map((index) => `shard ${shardName({ index, of })} is missing`);
  const broken = logs.flatMap((log) => {
    const problem = brokenBy(log);
    return problem === undefined ? [] : [`${logName(log)} ${problem}`];
  });
  const isStopped = logs.length === of && logs.every(isStoppedByHand);
  const problems = [...missing, ...broken];
  return settled({
    id: 'shards-complete',
    claim: 'Every shard of the plan ran to its end.',
    outcome: problems.length === 0 ? 'pass' : isStopped ? 'inconclusive' : 'invalid',
    expected: `${of} of ${of} shards`,
    actual: `${logs.length - broken.length} of ${of}`,
    evidence: listed(problems),
    remedy: 'Look into the log of the shard that is named, then repeat the run.',
  });
}

function isStoppedByHand({ end }: ShardLog): boolean {
  return end?.phase?.ended === 'stopped';
}

/** What kept a shard from its end; too many errors are judged by another check. */
function brokenBy({ facts, end }: ShardLog): string | undefined {
  if (end?.phase?.ended === 'stopped') return 'was stopped before its end';
  if (end?.phase) return undefined;
  if (end) return `did not begin: ${end.stopReason}`;
  return facts === undefined
    ? 'never came to the common start'
    : 'was killed, or is still measuring';
}

/** Whether all of them are of one plan; `foreign` are left out of every figure. */
export function onePlan(reference: ShardLog, foreign: readonly ShardLog[], count: number): Check {
  return settled({
    id: 'shards-of-one-plan',
    claim: 'All shards are of one plan: the same requests, due times, target and version.',
    outcome: foreign.length === 0 ? 'pass' : 'invalid',
    expected: 'one plan',
    actual: foreign.length === 0 ? 'one plan' : `${foreign.length} of ${count} are from another`,
    evidence: [
      `plan ${reference.facts?.plan ?? 'unknown'}, seed ${reference.head?.seed ?? 'unknown'}`,
      foreign.length > 0 &&
        listed(foreign.map((log) => `${logName(log)} ${differenceOf(log, reference)}`)),
    ],
    remedy: 'Start all shards with the same flags, files, run id and version of kvcache.',
  });
}

function differenceOf(log: ShardLog, reference: ShardLog): string {
  if (log.head?.shard === undefined) return 'is no shard';
  const [is, was] = [settingsOf(log), settingsOf(reference)];
  const names = [...new Set([...Object.keys(is), ...Object.keys(was)])];
  const differing = names.filter((name) => is[name] !== was[name]);
  const why = differing.map(
    (name) =>
      `${name} ${JSON.stringify(is[name] ?? null)}, not ${JSON.stringify(was[name] ?? null)}`,
  );
  return `is from another plan: ${why.join(', ') || 'its prompts or due times differ'}`;
}

function settingsOf({ head }: ShardLog): Record<string, unknown> {
  if (head === undefined) return {};
  const { version, runId, seed, target, shard, comparable, thresholds } = head;
  const of = shard?.of;
  return { of, seed, runId, target, version, thresholds: thresholds?.join(), ...comparable };
}
