import { normalQuantile } from './normal.ts';
import { nearestRank, type SortedValues } from './percentile.ts';
import { studentTQuantile } from './student-t.ts';

/** How much a series in the order measured tells, compared with as many independent values. */
export interface Dependence {
  /**
   * Variance of the mean ÷ that of independent values, at least 1, and raised for being estimated: a
   * normal interval widened by its root holds. n ÷ inflation is the effective number of values.
   */
  inflation: number;
  /** Stretches long enough to forget each other that the estimate rests on. */
  stretches: number;
}

/** Below it a run says how it behaved, not how it behaves: nothing derived from it is an interval. */
export const STRETCHES_MIN = 4;

/** Lags are summed until the window is so many times as long as the memory found in it. */
const WINDOW = 6;
/** A longer series is summed up in so many batches first; memory within a batch is kept by its sum. */
const POINTS_MAX = 2_048;
/** Standard errors that chance explains. */
const CHANCE = 1.5;
const CENTRAL = 0.975;

/**
 * Variance inflation 1 + 2·Σρ(lag) of a series, by the autocorrelations up to an automatic window.
 * Requests of one run share queues, bursts and slow minutes; formulas for independent samples are then
 * too sure of themselves by the root of this number. Less than 1.5 standard errors above 1 counts as
 * independent: by chance an independent series shows as much.
 * Sources: Sokal, "Monte Carlo Methods in Statistical Mechanics" (1989) §3 (window); Priestley,
 * "Spectral Analysis and Time Series" (1981) §6.2.4: the estimate has about n/(2·window + 1) degrees of
 * freedom, hence t in place of z.
 * @param series in the order of the requests' intended starts
 */
export function dependenceOf(series: ArrayLike<number>): Dependence {
  const perPoint = Math.ceil(series.length / POINTS_MAX);
  const { points, variance } = condense(series, perPoint);
  const n = points.length;
  if (n < 4 || variance === 0) return { inflation: 1, stretches: n };
  let inflation = autocovariance(points, 0) / (perPoint * variance);
  let window = 0;
  do {
    window++;
    inflation += (2 * autocovariance(points, window)) / (perPoint * variance);
  } while (window < n / 2 - 1 && window < WINDOW * inflation);
  const share = (2 * window + 1) / n;
  // The mean is estimated from the same values, which pulls every autocorrelation down.
  const unbiased = inflation / Math.max(1 - share, share);
  if (unbiased <= 1 + CHANCE * Math.sqrt(2 * share)) return { inflation: 1, stretches: n };
  const t = studentTQuantile(CENTRAL, Math.max(2, Math.round(1 / share)));
  return {
    inflation: unbiased * (t / normalQuantile(CENTRAL)) ** 2,
    stretches: 1 / share,
  };
}

/** The more dependent of several views of the same requests. */
export function strongerOf(...views: readonly Dependence[]): Dependence {
  return {
    inflation: Math.max(...views.map((it) => it.inflation)),
    stretches: Math.min(...views.map((it) => it.stretches)),
  };
}

/** Above it all ranks are one: what the slowest requests took, or that they failed, changes nothing. */
const TOP_PERCENT = 95;

/**
 * Dependence of the values' ranks: as of the values, but no outlier drowns the rest.
 * @param sorted the same values, ascending
 */
export function rankDependence(series: ArrayLike<number>, sorted: SortedValues): Dependence {
  const top = nearestRank(sorted.length, TOP_PERCENT);
  return dependenceOf(Float64Array.from(series, (value) => Math.min(top, rankIn(sorted, value))));
}

/** Dependence of "at most the limit, or above it". */
export function exceedanceDependence(series: ArrayLike<number>, limit: number): Dependence {
  return dependenceOf(Float64Array.from(series, (value) => Number(value <= limit)));
}

/** Equal values get equal ranks. */
function rankIn(sorted: SortedValues, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Deviations from the mean, summed over neighbours; a rest at the end is left out. */
function condense(
  series: ArrayLike<number>,
  perPoint: number,
): { points: Float64Array; variance: number } {
  const used = Math.floor(series.length / perPoint) * perPoint;
  let sum = 0;
  for (let index = 0; index < used; index++) sum += series[index]!;
  const mean = sum / used;
  const points = new Float64Array(used / perPoint || 0);
  let squares = 0;
  for (let index = 0; index < used; index++) {
    const deviation = series[index]! - mean;
    squares += deviation * deviation;
    points[Math.floor(index / perPoint)]! += deviation;
  }
  // Of a constant series only rounding is left.
  const isConstant = squares <= used * (1e-12 * mean) ** 2;
  return { points, variance: isConstant ? 0 : squares / used };
}

function autocovariance(deviations: Float64Array, lag: number): number {
  let sum = 0;
  for (let index = lag; index < deviations.length; index++) {
    sum += deviations[index]! * deviations[index - lag]!;
  }
  return sum / deviations.length;
}
