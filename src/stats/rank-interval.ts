import { binomialCdf } from './binomial.ts';
import { CONFIDENCE, type Interval } from './interval.ts';
import type { SortedValues } from './percentile.ts';

/**
 * 1-based ranks of the order statistics that enclose the `percent`-th percentile of any continuous
 * distribution with at least `confidence`, equal tails: the largest `low` with P(B < low) ≤ α/2 and
 * the smallest `high` with P(B ≥ high) ≤ α/2, B ~ Binomial(n, percent/100).
 * Undefined when the sample is too small for one of the tails.
 * Source: David & Nagaraja, "Order Statistics" (3rd ed. 2003), §7.1.
 */
export function percentileRanks(
  n: number,
  percent: number,
  confidence = CONFIDENCE,
): { low: number; high: number } | undefined {
  const q = percent / 100;
  const tail = (1 - confidence) / 2;
  const low = firstAbove(n, (k) => binomialCdf(k, n, q) > tail);
  const high = firstAbove(n, (k) => binomialCdf(k, n, q) >= 1 - tail) + 1;
  return low >= 1 && high <= n ? { low, high } : undefined;
}

/** Distribution-free confidence interval of a percentile; undefined below its floor. */
export function percentileInterval(
  sorted: SortedValues,
  percent: number,
  confidence = CONFIDENCE,
): Interval | undefined {
  const ranks = percentileRanks(sorted.length, percent, confidence);
  return ranks && { low: sorted[ranks.low - 1]!, high: sorted[ranks.high - 1]!, confidence };
}

/** Smallest k in 0..n for which a monotone predicate holds; n when none does. */
function firstAbove(n: number, holds: (k: number) => boolean): number {
  let [low, high] = [0, n];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
