import type { Interval } from './interval.ts';
import { shareInterval } from './share-interval.ts';

/** 5 % in each tail: whether a share rose is asked from one side. */
const CONFIDENCE = 0.9;

/**
 * Difference between the shares of two runs, after − before, with the interval that comes of both shares'
 * own: those of {@link shareInterval}, so that failures in a row count as little as they tell.
 * Source: Newcombe, "Interval Estimation for the Difference between Independent Proportions" (1998),
 * method 10.
 * @param before, after outcomes 0 or 1 in the order measured
 * @returns undefined when one of the runs has none
 */
export function shareRise(
  before: readonly number[],
  after: readonly number[],
): { value: number; interval: Interval } | undefined {
  const [was, is] = [before, after].map((outcomes) =>
    shareInterval(outcomes, undefined, CONFIDENCE),
  );
  if (was === undefined || is === undefined) return undefined;
  const [from, to] = [before, after].map(meanOf) as [number, number];
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

function meanOf(outcomes: readonly number[]): number {
  return outcomes.reduce((sum, outcome) => sum + outcome, 0) / outcomes.length;
}
