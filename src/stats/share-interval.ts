import { dependenceOf } from './dependence.ts';
import { CONFIDENCE, type Interval } from './interval.ts';
import { normalQuantile } from './normal.ts';
import { studentTQuantile } from './student-t.ts';
import { wilsonInterval } from './wilson.ts';

/**
 * Interval of a share Σhits ÷ Σtotals of requests that may depend on each other: Wilson's, for as many
 * independent trials as give the share the variance it has here, never more than there are requests.
 * Failures in blocks of 24 are worth a 24th of their number.
 * Source: Korn & Graubard, "Confidence intervals for proportions with small expected number of positive
 * counts estimated from survey data" (1998): effective sample size in a score interval.
 * @param hits in the order measured: 0 or 1 per request, or units of it, for example cached tokens
 * @param totals units each request could have had; 1 each when left out
 * @returns undefined without any total
 */
export function shareInterval(
  hits: ArrayLike<number>,
  totals?: ArrayLike<number>,
  confidence = CONFIDENCE,
): Interval | undefined {
  const all = totals === undefined ? hits.length : sumOf(totals);
  if (!(all > 0)) return undefined;
  const worth = hits.length * effectiveShare(hits, totals);
  return wilsonInterval((sumOf(hits) / all) * worth, worth, confidence);
}

/**
 * How many independent trials one of these requests is worth, at most 1: the variance of a share of
 * independent trials over that of Σhits ÷ Σtotals here. Of all or nothing there is no variance to go by,
 * and it is 1.
 */
export function effectiveShare(hits: ArrayLike<number>, totals?: ArrayLike<number>): number {
  const n = hits.length;
  const all = totals === undefined ? n : sumOf(totals);
  const share = sumOf(hits) / all;
  const residuals = Float64Array.from(
    { length: n },
    (_, index) => hits[index]! - share * (totals?.[index] ?? 1),
  );
  const squares = residuals.reduce((sum, residual) => sum + residual ** 2, 0);
  const variance = (dependenceOf(residuals).inflation * squares) / all ** 2;
  return variance > 0 ? Math.min(1, (share * (1 - share)) / variance / n) : 1;
}

/** Hits among the requests of one block. */
export interface BlockCount {
  hits: number;
  total: number;
}

/** A share; `interval` undefined when fewer than two blocks have anything in them. */
export interface Share {
  value: number | undefined;
  interval: Interval | undefined;
}

/**
 * Share of all blocks' requests, with an interval that holds when the requests of a block are alike:
 * cluster-robust variance over blocks, t with one degree of freedom less than there are blocks, never
 * narrower than Wilson's.
 * Source: Cochran, "Sampling Techniques" (3rd ed. 1977) §3.12.
 */
export function clusteredShare(perBlock: readonly BlockCount[], confidence = CONFIDENCE): Share {
  const blocks = perBlock.filter(({ total }) => total > 0);
  const trials = blocks.reduce((sum, { total }) => sum + total, 0);
  if (trials === 0) return { value: undefined, interval: undefined };
  const share = blocks.reduce((sum, { hits }) => sum + hits, 0) / trials;
  const count = blocks.length;
  if (count < 2) return { value: share, interval: undefined };
  const tail = 1 - (1 - confidence) / 2;
  const wider = (studentTQuantile(tail, count - 1) / normalQuantile(tail)) ** 2;
  const squares = blocks.reduce((sum, { hits, total }) => sum + (hits - share * total) ** 2, 0);
  const variance = (wider * squares * count) / (count - 1) / trials ** 2;
  const worth = variance > 0 ? Math.min(trials, (share * (1 - share)) / variance) : trials;
  return { value: share, interval: wilsonInterval(share * worth, worth, confidence) };
}

function sumOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < values.length; index++) sum += values[index]!;
  return sum;
}
