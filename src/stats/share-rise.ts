import type { Interval } from './interval.ts';
import { effectiveShare } from './share-interval.ts';
import { wilsonInterval } from './wilson.ts';

/** 5 % in each tail: whether a share rose is asked from one side. */
const CONFIDENCE = 0.9;

/**
 * Difference between the shares of two runs, after − before, with the interval that comes of both shares'
 * own. What fails in a row counts as little as it tells; a run without failures does not know how they
 * come, and takes that from the other.
 * Source: Newcombe, "Interval Estimation for the Difference between Independent Proportions" (1998),
 * method 10, with effective numbers of trials.
 * @param before, after outcomes 0 or 1 in the order measured
 * @returns undefined when one of the runs has none
 */
export function shareRise(
  before: readonly number[],
  after: readonly number[],
): { value: number; interval: Interval } | undefined {
  if (before.length === 0 || after.length === 0) return undefined;
  const [from, was] = shareWith(before, after);
  const [to, is] = shareWith(after, before);
  const value = to - from;
  return {
    value,
    interval: {
      low: value - Math.hypot(to - is.low, was.high - from),
      high: value + Math.hypot(is.high - to, from - was.low),
      confidence: CONFIDENCE,
    },
  };
}

function shareWith(outcomes: readonly number[], other: readonly number[]): [number, Interval] {
  const share = outcomes.reduce((sum, outcome) => sum + outcome, 0) / outcomes.length;
  const worth = outcomes.length * effectiveShare(share > 0 ? outcomes : other);
  return [share, wilsonInterval(share * worth, worth, CONFIDENCE)];
}
