import { CONFIDENCE } from './interval.ts';

/**
 * What a percentile of `n` independent samples is worth:
 * `hidden` – the sample cannot contain it: it would be the maximum by another name, do not print it;
 * `not-resolved` – it may be printed, but no distribution-free interval with two ends exists;
 * `resolved` – it has an interval.
 */
export type Resolution = 'resolved' | 'not-resolved' | 'hidden';

/** Samples from which the `percent`-th percentile may be printed: 20 for p95, 100 for p99. */
export function printFloor(percent: number): number {
  return Math.ceil(1 / tailShare(percent) - 1e-9);
}

/**
 * Samples from which the percentile has a distribution-free two-sided interval: the smallest n with
 * (1 − tail)ⁿ ≤ α/2; 72 for p95 and 368 for p99 at 95 %.
 * Source: Conover, "Practical Nonparametric Statistics" (3rd ed. 1999), §3.3.
 */
export function resolutionFloor(percent: number, confidence = CONFIDENCE): number {
  return Math.ceil(Math.log((1 - confidence) / 2) / Math.log1p(-tailShare(percent)) - 1e-9);
}

export function resolutionOf(percent: number, n: number): Resolution {
  if (n < printFloor(percent)) return 'hidden';
  return n < resolutionFloor(percent) ? 'not-resolved' : 'resolved';
}

/** Share of the sample in the smaller tail beyond the percentile. */
function tailShare(percent: number): number {
  return Math.min(percent, 100 - percent) / 100;
}
