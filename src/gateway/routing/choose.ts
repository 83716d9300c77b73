import type { ReasonCode } from '../context.ts';

/** One endpoint as the choice sees it. */
export interface Candidate {
  endpointId: string;
  isAvailable: boolean;
  inFlight: number;
  /** Whether the controller named it at all. */
  isListed: boolean;
  /** Tokens of the prompt it is believed to hold. */
  matchedTokens: number;
}

export interface ChoiceOptions {
  /** Matches below this do not steer. */
  minimumMatchTokens: number;
  /** Tokens of match that one more request in flight outweighs. */
  loadWeightTokens: number;
  /** Largest share of the best match that may be given up for a less loaded endpoint. */
  maxAffinityLoss: number;
}

export interface Score extends Candidate {
  /** Matched tokens less the load term; undefined for endpoints that were out of the question. */
  score: number | undefined;
}

export interface Choice {
  reason: ReasonCode;
  endpointId: string | undefined;
  matchedTokens: number | undefined;
}

/**
 * The endpoint for a prompt whose prefix lies on some of them. It is the one with the highest score,
 *
 *   score = matched − loadWeight × (inFlight − least inFlight)
 *
 * among the available ones that keep at least (1 − maxAffinityLoss) of the best match. Equal scores
 * go to the longer match, then the smaller load, then the smaller id, so equal inputs give equal
 * choices.
 */
export function chooseEndpoint(candidates: readonly Candidate[], options: ChoiceOptions): Choice {
  const holders = candidates.filter(({ matchedTokens }) => matchedTokens > 0);
  if (holders.length === 0) return none('no-holder');
  const available = candidates.filter(({ isAvailable }) => isAvailable);
  const bestTokens = Math.max(0, ...available.map(({ matchedTokens }) => matchedTokens));
  if (bestTokens === 0) return none('unhealthy');
  if (bestTokens < options.minimumMatchTokens) return none('below-minimum');
  const ranked = scoreCandidates(candidates, options)
    .filter((it) => it.score !== undefined)
    .sort(byScore);
  const chosen = ranked[0]!;
  return {
    reason: reasonFor(chosen, ranked, bestTokens),
    endpointId: chosen.endpointId,
    matchedTokens: chosen.matchedTokens,
  };
}

/** The scores behind `chooseEndpoint`, one per candidate, in the order given. */
export function scoreCandidates(candidates: readonly Candidate[], options: ChoiceOptions): Score[] {
  const available = candidates.filter(({ isAvailable }) => isAvailable);
  const bestTokens = Math.max(0, ...available.map(({ matchedTokens }) => matchedTokens));
  const leastInFlight = Math.min(...available.map(({ inFlight }) => inFlight));
  const floorTokens = bestTokens * (1 - options.maxAffinityLoss);
  return candidates.map((candidate) => ({
    ...candidate,
    score:
      candidate.isAvailable && candidate.matchedTokens >= floorTokens
        ? candidate.matchedTokens - options.loadWeightTokens * (candidate.inFlight - leastInFlight)
        : undefined,
  }));
}

function reasonFor(chosen: Candidate, ranked: readonly Candidate[], best: number): ReasonCode {
  if (chosen.matchedTokens < best) return 'overloaded';
  const equals = ranked.filter(({ matchedTokens }) => matchedTokens === best);
  return equals.length > 1 ? 'tie' : 'hit';
}

function byScore(a: Score, b: Score): number {
  return (
    b.score! - a.score! ||
    b.matchedTokens - a.matchedTokens ||
    a.inFlight - b.inFlight ||
    (a.endpointId < b.endpointId ? -1 : 1)
  );
}

function none(reason: ReasonCode): Choice {
  return { reason, endpointId: undefined, matchedTokens: undefined };
}
