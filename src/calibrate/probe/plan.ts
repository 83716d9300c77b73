import { createRandom, type Random } from '../../base/random.ts';
import { shuffled } from '../../base/shuffled.ts';
import { COLD_ARM, TIER_ARM } from '../observe/arms.ts';

/** A text of about so many tokens that follows from its name. */
export interface ProbeText {
  name: string;
  tokens: number;
}

/** One prompt: a beginning that others may share, then a text of its own. */
export interface Probe {
  prefix: ProbeText | undefined;
  own: ProbeText;
  outputTokens: number;
}

/** Prompts sent at once to an engine that is idle before and after. */
export interface ProbeGroup {
  arm: 'prime' | typeof COLD_ARM | 'warm' | 'decode' | typeof TIER_ARM;
  round: number;
  probes: Probe[];
}

export interface ProbePlan {
  /** What the rounds want to find in the cache. */
  prime: ProbeGroup[];
  /** Each holds the whole design, so that a run may end after any. */
  rounds: ProbeGroup[][];
  /** Come last, as they cost the rest what it finds in the cache. */
  tier: ProbeGroup[];
}

/** What the engine can take and what the user allows. */
export interface ProbeLimits {
  rounds: number;
  /** Longest prompt with its answer, in tokens. */
  contextTokens: number;
  /** Most requests at once. */
  batch: number;
  /** Tokens that its cache holds for us. */
  cacheTokens: number;
  /** Whether its device cache may be dropped to time loads from the second tier. */
  hasTier: boolean;
  seed: number;
  /** Part of every text's name: what an earlier run left in the cache must not be found. */
  runId: string;
}

const OUTPUT_TOKENS = 48;
/** Fewer words would not make a text unlike all others. */
const SHORTEST = 8;

/**
 * Prompts that tell the terms apart: cold ones of all lengths; new endings after long beginnings that are cached,
 * whose attention costs more than their tokens; batches of all sizes that decode over short and long contexts.
 */
export function probePlan(limits: ProbeLimits): ProbePlan {
  const shape = shapeOf(limits);
  const random = createRandom(limits.seed);
  const rounds = Array.from({ length: limits.rounds }, (_, round) => {
    const groups = [
      ...coldGroups(shape, round, random),
      ...warmGroups(shape, round, random),
      ...decodeGroups(shape, round),
    ];
    return shuffled(groups, random.int(2 ** 31));
  });
  const tier = limits.hasTier ? rounds.flatMap((_, round) => tierGroups(shape, round, random)) : [];
  return { prime: primeGroups(shape), rounds, tier };
}

interface Shape {
  longest: number;
  /** Longest new text after a cached beginning. */
  ending: number;
  deep: ProbeText;
  half: ProbeText;
  /** Contexts to decode over, kept in the cache from round to round. */
  pool: ProbeText[];
  batch: number;
  runId: string;
}

const POOL_CONTEXT_MAX = 4_096;
const POOL_MAX = 16;

function shapeOf({ contextTokens, batch, cacheTokens, runId }: ProbeLimits): Shape {
  const longest = Math.max(
    64,
    Math.min(contextTokens - OUTPUT_TOKENS, Math.floor(cacheTokens / 4)),
  );
  const ending = Math.min(2_048, Math.floor(longest / 4));
  const context = Math.min(longest - SHORTEST, POOL_CONTEXT_MAX);
  const pool = Math.max(1, Math.min(POOL_MAX, batch, Math.floor(cacheTokens / 4 / context)));
  const deep = { name: `deep/${runId}`, tokens: longest - ending };
  return {
    longest,
    ending,
    deep,
    half: { name: `half/${runId}`, tokens: Math.floor(deep.tokens / 2) },
    pool: Array.from({ length: pool }, (_, at) => ({
      name: `pool/${runId}/${at}`,
      tokens: context,
    })),
    batch,
    runId,
  };
}

function primeGroups({ deep, half, pool, runId }: Shape): ProbeGroup[] {
  return [deep, half, ...pool].map((prefix, at) => ({
    arm: 'prime',
    round: 0,
    probes: [{ prefix, own: own(`prime/${runId}/${at}`, SHORTEST), outputTokens: 2 }],
  }));
}

function own(name: string, tokens: number): ProbeText {
  return { name, tokens };
}

/** Of unlike lengths, evenly over their logarithm: what is kept back has lengths that were never fitted. */
function between(low: number, high: number, random: Random): number {
  return Math.round(low * (Math.max(low, high) / low) ** random.next());
}

/** They take little time, and only they tell what does not grow with the prompt. */
const SHORT_ONES = Array.from({ length: 5 }, () => [SHORTEST, 32] as [number, number]);

function coldGroups({ longest, runId }: Shape, round: number, random: Random): ProbeGroup[] {
  const strata: [number, number][] = [
    ...SHORT_ONES,
    [32, 256],
    [256, 1_024],
    [1_024, 4_096],
    [2_048, 4_096],
    // The longest take most of the time, and the cached beginnings tell as much of them.
    ...(round % 2 === 1 ? [[longest / 2, longest] as [number, number]] : []),
  ];
  return strata
    .filter(([low]) => low < longest)
    .map(([low, high], at) => {
      const tokens = between(low, Math.min(high, longest), random);
      return solo(COLD_ARM, round, {
        prefix: undefined,
        own: own(`cold/${runId}/${round}/${at}`, tokens),
        outputTokens: 1,
      });
    });
}

function solo(arm: ProbeGroup['arm'], round: number, probe: Probe): ProbeGroup {
  return { arm, round, probes: [probe] };
}

function warmGroups(shape: Shape, round: number, random: Random): ProbeGroup[] {
  const { deep, half, ending, runId } = shape;
  const kinds: { prefix: ProbeText; low: number; high: number }[] = [
    ...Array.from({ length: 10 }, () => ({ prefix: deep, low: ending / 2, high: ending })),
    { prefix: half, low: ending / 8, high: ending },
    { prefix: deep, low: SHORTEST, high: ending / 8 },
    { prefix: half, low: SHORTEST, high: ending / 8 },
  ];
  return kinds.map(({ prefix, low, high }, at) => {
    const tokens = between(Math.max(SHORTEST, low), high, random);
    const text = own(`warm/${runId}/${round}/${at}`, tokens);
    return solo('warm', round, { prefix, own: text, outputTokens: 1 });
  });
}

/** Alone, in a few and in many, over short contexts and over long ones. */
function decodeGroups({ pool, batch, runId }: Shape, round: number): ProbeGroup[] {
  const sizes = [1, Math.ceil(Math.sqrt(batch)), batch, batch, batch];
  const short = sizes.map((size, at) =>
    decode(round, size, (index) => ({
      prefix: undefined,
      own: own(`short/${runId}/${round}/${at}/${index}`, 64),
    })),
  );
  const long = [1, Math.ceil(pool.length / 4), pool.length].map((size, at) =>
    decode(round, size, (index) => ({
      prefix: pool[index]!,
      own: own(`long/${runId}/${round}/${at}/${index}`, SHORTEST),
    })),
  );
  return [...short, ...long];
}

function decode(
  round: number,
  size: number,
  text: (index: number) => Pick<Probe, 'prefix' | 'own'>,
): ProbeGroup {
  const probes = Array.from({ length: size }, (_, index) => ({
    ...text(index),
    // Answers of unlike lengths tell what a token costs at the end.
    outputTokens: OUTPUT_TOKENS - (round % 3) * (OUTPUT_TOKENS / 6),
  }));
  return { arm: 'decode', round, probes };
}

/** Each is asked before too, and the device's cache dropped between. */
function tierGroups({ longest, runId }: Shape, round: number, random: Random): ProbeGroup[] {
  return [0, 1, 2].map((at) => {
    const tokens = between(256, Math.max(256, longest / 2), random);
    const text = own(`tier/${runId}/${round}/${at}`, tokens);
    return solo(TIER_ARM, round, { prefix: undefined, own: text, outputTokens: 1 });
  });
}
