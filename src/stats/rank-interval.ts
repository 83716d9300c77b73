import { binomialCdf } from './binomial.ts';
import { CONFIDENCE, type Interval } from './interval.ts';
import { type Dependence, STRETCHES_MIN } from './dependence.ts';
import { normalQuantile } from './normal.ts';
import { nearestRank, type SortedValues } from './percentile.ts';
import { resolutionFloor } from './resolution.ts';

/** Above it the binomial is as good as normal, and summing it is felt. */
const EXACT_MAX = 20_000;

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
  if (n > EXACT_MAX) {
    const half = normalQuantile(1 - tail) * Math.sqrt(n * q * (1 - q));
    return { low: Math.floor(n * q - half), high: Math.ceil(n * q + half) + 1 };
  }
  const low = firstAbove(n, (k) => binomialCdf(k, n, q) > tail);
  const high = firstAbove(n, (k) => binomialCdf(k, n, q) >= 1 - tail) + 1;
  return low >= 1 && high <= n ? { low, high } : undefined;
}

/** √(inflation ÷ `from`), at most `most`. */
interface Stretch {
  from: number;
  most: number;
}

/** At once by half for the middle of a distribution; a tail is wide in itself, and few values lie in it. */
const UPWARD: Readonly<Record<'middle' | 'tail', Stretch>> = {
  middle: { from: 0.44, most: 1.5 },
  tail: { from: 2, most: 1.5 },
};
const TAIL_PERCENT = 75;

/**
 * How much further up than down an interval of dependent values reaches. Queues and bursts send latencies
 * up, and a run that happened to miss them looks calmer and less dependent than it was; what remains of
 * the dependence in such a run is the sign of it. Figures are calibrated (`npm run test:dependence`).
 */
export function upwardStretch(inflation: number, { from, most }: Stretch): number {
  return inflation === 1 ? 1 : Math.min(most, Math.max(1, Math.sqrt(inflation / from)));
}

/**
 * Confidence interval of a percentile from the order statistics, distribution-free. For dependent
 * values their distance from the percentile's rank grows by the root of the inflation.
 * @returns undefined when the values, or what they are worth as independent ones, are too few
 */
export function percentileInterval(
  sorted: SortedValues,
  percent: number,
  { inflation, stretches }: Dependence = INDEPENDENT,
): Interval | undefined {
  const n = sorted.length;
  const ranks = percentileRanks(n, percent);
  if (ranks === undefined || stretches < STRETCHES_MIN) return undefined;
  if (n / inflation < resolutionFloor(percent)) return undefined;
  const rank = nearestRank(n, percent);
  const wider = Math.sqrt(inflation);
  const low = Math.floor(rank - (rank - ranks.low) * wider);
  const up = (ranks.high - rank) * wider;
  if (low < 1 || rank + up > n) return undefined;
  const stretch = upwardStretch(inflation, UPWARD[percent > TAIL_PERCENT ? 'tail' : 'middle']);
  const high = Math.min(n, Math.ceil(rank + up * stretch));
  return { low: sorted[low - 1]!, high: sorted[high - 1]!, confidence: CONFIDENCE };
}

const INDEPENDENT: Dependence = { inflation: 1, stretches: Infinity };

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
