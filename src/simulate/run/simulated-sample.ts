import type { ReasonCode } from '../../gateway/listener/context.ts';

/** Where tokens went that a cache without bounds would have had. */
export const LOSSES = ['early', 'capacity', 'placement', 'shedding', 'index', 'waiting'] as const;
export type Loss = (typeof LOSSES)[number];

/** One simulated request. Times in virtual ms; null where it never came to that. */
export interface SimulatedSample {
  key: string;
  atMs: number;
  /** Number of the engine; null when there was none to send it to. */
  engine: number | null;
  reason: ReasonCode;
  promptTokens: number;
  /** As the gateway believed; null when it did not say. */
  predictedTokens: number | null;
  /** That an earlier prompt began with. */
  seenTokens: number;
  /** Of those, that were stored somewhere at some time. */
  storedTokens: number;
  /** The most that any engine held at arrival. */
  bestTokens: number;
  /** What the chosen one held. */
  heldTokens: number;
  cachedTokens: number;
  outputTokens: number;
  queueMs: number | null;
  ttftMs: number | null;
  latencyMs: number | null;
  /** First to last output token. */
  decodeMs: number | null;
  /** Why there is no answer; null for a success. */
  failure: string | null;
}

/** How many tokens were lost, and to what. They add up to what was seen less what was cached. */
export function lossesOf(sample: SimulatedSample): Record<Loss, number> {
  const { seenTokens, storedTokens, bestTokens, heldTokens, cachedTokens } = sample;
  const losses: Record<Loss, number> = {
    early: seenTokens - storedTokens,
    capacity: storedTokens - bestTokens,
    placement: 0,
    shedding: 0,
    index: 0,
    waiting: heldTokens - cachedTokens,
  };
  losses[misplacement(sample)] = bestTokens - heldTokens;
  return losses;
}

const SHEDDING: ReadonlySet<ReasonCode> = new Set(['overloaded']);
/** The policy went by what it was told, so what it was told is what was wrong. */
const BY_INDEX: ReadonlySet<ReasonCode> = new Set([
  'hit',
  'prefix-hit',
  'partial-hit',
  'tie',
  'no-holder',
  'no-events',
  'unknown-instance',
]);

function misplacement({ reason }: SimulatedSample): Loss {
  if (SHEDDING.has(reason)) return 'shedding';
  return BY_INDEX.has(reason) ? 'index' : 'placement';
}
