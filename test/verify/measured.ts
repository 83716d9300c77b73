import type { EngineCounters } from '../../src/target/engines/kind.ts';
import { NO_COUNTERS } from '../../src/target/engines/kind.ts';
import { type EngineTarget, engineTarget } from '../../src/target/targets.ts';
import type { ExperimentFacts, MeasuredSample } from '../../src/verify/evidence/measured.ts';
import type { ObservedRun } from '../../src/verify/evidence/observed-run.ts';
import type { BlockCount, PhaseCount } from '../../src/verify/evidence/block-count.ts';
import { UNTESTED } from '../../src/verify/evidence/trust.ts';
import type { ArmId } from '../../src/verify/result/result-arms.ts';
import type { RoutingEvidence, Trust } from '../../src/verify/result/result-evidence.ts';
import { sample } from '../load/samples.ts';

export const PROMPT_TOKENS = 1_040;
export const HIT_TOKENS = 1_024;

/** `engine-a`, `engine-b`, …, each at a port of its own. */
export function enginesOf(k: number): EngineTarget[] {
  return Array.from({ length: k }, (_, index) =>
    engineTarget(
      `engine-${String.fromCharCode(97 + index)}`,
      `http://127.0.0.1:${String(9_001 + index)}`,
    ),
  );
}

export type Changes = Partial<Omit<MeasuredSample, 'experiment'>> & {
  experiment?: Partial<ExperimentFacts>;
  ttftMs?: number;
};

/** A request of arm C that went right: 1,024 of 1,040 tokens held by engine-a, which says it served. */
export function measured({ experiment, ttftMs = 10, ...changes }: Changes = {}): MeasuredSample {
  return {
    ...sample({
      firstTokenMs: ttftMs,
      lastTokenMs: ttftMs + 10,
      endMs: ttftMs + 10,
      promptTokens: PROMPT_TOKENS,
      outputTokens: 8,
      cachedTokens: HIT_TOKENS,
      headerServedBy: 'engine-a',
      finishReason: 'length',
    }),
    ...changes,
    arm: changes.arm ?? 'C',
    experiment: {
      requestId: `${changes.arm ?? 'C'}/${changes.block ?? 0}/${changes.id ?? 0}`,
      holderId: 'engine-a',
      directId: null,
      lookupId: 'engine-a',
      lookupTokens: HIT_TOKENS,
      promptTokens: PROMPT_TOKENS,
      sharedTokens: 1_030,
      reusableTokens: HIT_TOKENS,
      ...experiment,
    },
  };
}

/** `count` alike, over `rounds` rounds. */
export function measuredMany(count: number, changes: Changes = {}, rounds = 1): MeasuredSample[] {
  return Array.from({ length: count }, (_, id) => measured({ id, block: id % rounds, ...changes }));
}

/** Cut off by its client: no status, no usage, no names. */
export const TIMED_OUT: Changes = {
  failure: 'timeout',
  status: undefined,
  firstTokenMs: undefined,
  lastTokenMs: undefined,
  endMs: 30_000,
  promptTokens: undefined,
  outputTokens: undefined,
  cachedTokens: undefined,
  headerServedBy: undefined,
  servedBy: undefined,
  servedBySource: undefined,
  finishReason: undefined,
  reason: undefined,
  predictedTokens: undefined,
};

export function countersOf(requests: number, prefixHits: number | null = null): EngineCounters {
  return { ...NO_COUNTERS, requests, prefixHits };
}

/** One step of a block: requests by engine as counted, all answered unless `changes` say otherwise. */
export function phaseOf(
  counted: readonly (readonly [requests: number, hitTokens: number])[],
  changes: Partial<PhaseCount> = {},
): PhaseCount {
  const certain = counted.reduce((sum, [requests]) => sum + requests, 0);
  const engines = enginesOf(counted.length);
  return {
    certain,
    uncertain: 0,
    throughGateway: certain,
    promptTokens: certain * PROMPT_TOKENS,
    delta: {
      engines: Object.fromEntries(
        counted.map(([requests, hits], index) => [
          engines[index]!.id,
          { ...countersOf(requests, hits), promptTokens: requests * PROMPT_TOKENS },
        ]),
      ),
      upstream: null,
    },
    ...changes,
  };
}

export function blockOf(
  arm: ArmId,
  {
    round = 0,
    primes,
    measured: after,
  }: { round?: number; primes: PhaseCount; measured: PhaseCount },
): BlockCount {
  const planned = after.certain + after.uncertain;
  return { arm, round, planned, primes, measured: after };
}

export function runOf(
  samples: readonly MeasuredSample[],
  { trust, k = 2, ...changes }: Partial<ObservedRun> & { trust?: Partial<Trust>; k?: number } = {},
): ObservedRun {
  return {
    samples,
    counts: [],
    jury: { engines: enginesOf(k), trust: { ...UNTESTED, ...trust } },
    sizes: { hit: HIT_TOKENS, miss: 0 },
    choices: k,
    routing: null,
    msPerToken: 0.05,
    timeoutMs: 30_000,
    ...changes,
  };
}

/** What the probe finds of a gateway that follows a controller who is always right. */
export function routingOf(changes: Partial<RoutingEvidence> = {}): RoutingEvidence {
  return {
    learns: 'index',
    isOverridden: false,
    scope: 'prefixes',
    tests: [],
    shares: { 'engine-a': 0.5, 'engine-b': 0.5 },
    lookup: null,
    requests: 32,
    uncounted: 0,
    repeated: 0,
    isOneProcess: false,
    addedTokens: 0,
    gatewayVersion: null,
    honoursPolicyHeader: true,
    coldTtftMs: 60,
    reached: 8,
    reachedCold: 0,
    ...changes,
  };
}
