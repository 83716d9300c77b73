import type { ReasonCode } from '../listener/context.ts';

/** One endpoint as the choice sees it. */
export interface Candidate {
  endpointId: string;
  isAvailable: boolean;
  inFlight: number;
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
  const field = surveyOf(candidates, options);
  if (field.bestAnywhere === 0) return none('no-holder');
  if (field.best === 0) return none('unhealthy');
  if (field.best < options.minimumMatchTokens) return none('below-minimum');
  let chosen: Candidate | undefined;
  let equals = 0;
  for (const candidate of candidates) {
    if (!isEligible(candidate, field)) continue;
    if (candidate.matchedTokens === field.best) equals++;
    if (!chosen || isBetter(candidate, chosen, options)) chosen = candidate;
  }
  const { endpointId, matchedTokens } = chosen!;
  const isBest = matchedTokens === field.best;
  const reason = isBest ? (equals > 1 ? 'tie' : 'hit') : 'overloaded';
  return { reason, endpointId, matchedTokens };
}

/** The scores behind `chooseEndpoint`, one per candidate, in the order given. */
export function scoreCandidates(candidates: readonly Candidate[], options: ChoiceOptions): Score[] {
  const field = surveyOf(candidates, options);
  return candidates.map((candidate) => ({
    ...candidate,
    score: isEligible(candidate, field)
      ? weigh(candidate, options) + options.loadWeightTokens * field.leastInFlight
      : undefined,
  }));
}

/** What one look at all candidates tells. */
interface Survey {
  /** Longest match, and longest match among the available. */
  bestAnywhere: number;
  best: number;
  leastInFlight: number;
  /** Matches below this would give up too much. */
  floor: number;
}

function surveyOf(candidates: readonly Candidate[], options: ChoiceOptions): Survey {
  let [bestAnywhere, best, leastInFlight] = [0, 0, Infinity];
  for (const { matchedTokens, isAvailable, inFlight } of candidates) {
    if (matchedTokens > bestAnywhere) bestAnywhere = matchedTokens;
    if (!isAvailable) continue;
    if (matchedTokens > best) best = matchedTokens;
    if (inFlight < leastInFlight) leastInFlight = inFlight;
  }
  return { bestAnywhere, best, leastInFlight, floor: best * (1 - options.maxAffinityLoss) };
}

function isEligible(candidate: Candidate, { floor }: Survey): boolean {
  return candidate.isAvailable && candidate.matchedTokens >= floor;
}

/** The score but for the least load, which is the same for all. */
function weigh(candidate: Candidate, options: ChoiceOptions): number {
  return candidate.matchedTokens - options.loadWeightTokens * candidate.inFlight;
}

function isBetter(a: Candidate, b: Candidate, options: ChoiceOptions): boolean {
  const order =
    weigh(a, options) - weigh(b, options) ||
    a.matchedTokens - b.matchedTokens ||
    b.inFlight - a.inFlight;
  return order > 0 || (order === 0 && a.endpointId < b.endpointId);
}

function none(reason: ReasonCode): Choice {
  return { reason, endpointId: undefined, matchedTokens: undefined };
}
