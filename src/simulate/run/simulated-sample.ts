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
  /** That an earlier prompt began with; never fewer than were cached. */
  seenTokens: number;
  /** Of those, that were stored somewhere at some time. */
  storedTokens: number;
  /** The most that any engine that takes requests held at arrival. */
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

/**
 * How many tokens were lost, and to what; none below 0. They add up to what was seen less what was cached: each names a
 * stretch of the prompt, of which what came while the request waited is not lost.
 */
export function lossesOf(sample: SimulatedSample): Record<Loss, number> {
  const { seenTokens, storedTokens, bestTokens, heldTokens, cachedTokens } = sample;
  const lost = (start: number, end: number): number =>
    Math.max(0, end - Math.max(start, cachedTokens));
  const losses: Record<Loss, number> = {
    early: lost(storedTokens, seenTokens),
    capacity: lost(bestTokens, storedTokens),
    placement: 0,
    shedding: 0,
    index: 0,
    waiting: lost(0, heldTokens),
  };
  losses[misplacement(sample)] = lost(heldTokens, bestTokens);
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
