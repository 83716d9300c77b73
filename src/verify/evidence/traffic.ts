import { sumOf, present } from '../../base/lists.ts';
import type { Invalidation } from '../result/result.ts';
import { type BlockCount, countedRequests, type PhaseCount } from './block-count.ts';
import type { ObservedRun } from './observed-run.ts';

/** Of the answered requests, more than this share uncounted is no lag of counters. */
const UNCOUNTED_SHARE_MAX = 0.05;
/** Surplus requests carry our prompts when their length is ours within this share. */
const LENGTH_TOLERANCE = 0.1;

/** What the engines' counters say against this run. */
export function trafficOf({ routing, jury, counts }: ObservedRun): Invalidation[] {
  // Where one process stands behind two addresses, counters say everything twice.
  if (routing?.isOneProcess === true) return [];
  const isTwice = (routing?.repeated ?? 0) > (routing?.requests ?? 0) / 2;
  return judgeTraffic(counts, jury.engines.length, isTwice);
}

/**
 * Every answer must have been counted by an engine, and nothing else. A negative difference means that
 * one restarted; fewer counted than answered, that somebody answers without an engine; more, strangers,
 * or a gateway that sends requests twice.
 */
export function judgeTraffic(
  blocks: readonly BlockCount[],
  engineCount: number,
  requestsSeenTwice: boolean,
): Invalidation[] {
  const resets = blocks.flatMap(resetIn);
  if (resets.length > 0) return merged(resets);
  return present([
    answeredWithoutEngine(blocks, engineCount),
    surplus(blocks, engineCount, requestsSeenTwice),
    ...merged(blocks.flatMap(foreignAtGateway)),
  ]);
}

function nameOf({ arm, round }: BlockCount): string {
  return `block ${round + 1} of arm ${arm}`;
}

function phasesOf(block: BlockCount): PhaseCount[] {
  return [block.primes, block.measured];
}

function resetIn(block: BlockCount): Invalidation[] {
  const isBack = (values: readonly (number | null)[]): boolean =>
    values.some((it) => it !== null && it < 0);
  const names = phasesOf(block).flatMap(({ delta }) => [
    ...Object.entries(delta.engines)
      .filter(([, { requests, promptTokens, prefixQueries, prefixHits }]) =>
        isBack([requests, promptTokens, prefixQueries, prefixHits]),
      )
      .map(([id]) => id),
    ...(isBack(Object.values(delta.upstream ?? {})) ? ['the gateway'] : []),
  ]);
  return [...new Set(names)].map((name) => ({
    code: 'counter-reset',
    reason: `The counters of ${name} went backwards during ${nameOf(block)}: it restarted, or its address leads to several processes.`,
    remedy:
      'Give every engine the address of one process (a pod, not a Service), find out why it restarted, then repeat the run.',
  }));
}

function answeredWithoutEngine(
  blocks: readonly BlockCount[],
  engineCount: number,
): Invalidation | undefined {
  const through = blocks
    .flatMap(phasesOf)
    .filter((it) => it.throughGateway > 0 && countedRequests(it.delta, engineCount) !== null);
  const answered = sumOf(through, (it) => it.certain);
  const missing = sumOf(through, (it) =>
    Math.max(0, it.certain - countedRequests(it.delta, engineCount)!),
  );
  if (answered === 0 || missing / answered <= UNCOUNTED_SHARE_MAX) return undefined;
  return {
    code: 'answered-without-engine',
    reason: `${missing} of ${answered} answers that came through the gateway were counted by no engine.`,
    remedy:
      'Somebody answers in the engines’ place (a response cache, a canned answer), or an engine is missing: give every engine behind the gateway with --engine, and turn response caching off.',
  };
}

/** More than ours and all that may have been counted of what failed. */
function surplus(
  blocks: readonly BlockCount[],
  engineCount: number,
  requestsSeenTwice: boolean,
): Invalidation | undefined {
  const found = blocks.flatMap((block) =>
    phasesOf(block).flatMap((phase) => {
      const counted = countedRequests(phase.delta, engineCount);
      const own = phase.certain + phase.uncertain;
      return counted === null || counted <= own ? [] : [{ block, phase, counted, own }];
    }),
  );
  const first = found[0];
  if (!first) return undefined;
  const isOurs =
    found.every(({ phase }) => phase.throughGateway > 0) &&
    (requestsSeenTwice || found.every(carriesOurPrompts));
  const where = `The engines counted ${first.counted} requests during ${nameOf(first.block)}, ${first.own} were ours.`;
  const more = found.length > 1 ? ` The same in ${found.length - 1} more places.` : '';
  return isOurs
    ? {
        code: 'repeated-requests',
        reason: `${where}${more} Only requests through the gateway are counted more than once: it retries or hedges.`,
        remedy:
          'Turn retries and hedging of the gateway off while measuring; every copy fills a cache and takes an engine’s time.',
      }
    : {
        code: 'foreign-traffic',
        reason: where + more,
        remedy:
          'Keep other clients and health probes that send completions away from the engines while measuring.',
      };
}

function carriesOurPrompts({
  phase,
  counted,
  own,
}: {
  phase: PhaseCount;
  counted: number;
  own: number;
}): boolean {
  const tokens = Object.values(phase.delta.engines).map((it) => it.promptTokens);
  if (tokens.includes(null) || phase.certain === 0 || phase.promptTokens === 0) return false;
  const ours = phase.promptTokens / phase.certain;
  const theirs = (sumOf(tokens, (it) => it!) - phase.promptTokens) / (counted - own);
  return Math.abs(theirs / ours - 1) <= LENGTH_TOLERANCE;
}

function foreignAtGateway(block: BlockCount): Invalidation[] {
  return phasesOf(block).flatMap(({ delta, throughGateway }) => {
    const counts = Object.values(delta.upstream ?? {});
    const seen = sumOf(counts);
    if (counts.length === 0 || seen <= throughGateway) return [];
    return [
      {
        code: 'foreign-traffic' as const,
        reason: `The gateway counted ${seen} requests during ${nameOf(block)}, ${throughGateway} were ours.`,
        remedy: 'Keep other clients and retries away from the gateway while measuring.',
      },
    ];
  });
}

/** The first of a kind speaks for all; how many there were is added. */
function merged(all: readonly Invalidation[]): Invalidation[] {
  const first = all[0];
  if (!first) return [];
  const more = all.length > 1 ? ` The same in ${all.length - 1} more places.` : '';
  return [{ ...first, reason: first.reason + more }];
}
