import { mean, sampleStandardDeviation } from 'simple-statistics';
import { type Dependence, exceedanceDependence, rankDependence, strongerOf } from './dependence.ts';
import type { Interval } from './interval.ts';
import { meanInterval } from './mean-interval.ts';
import { percentile, type SortedValues, sortedCopy } from './percentile.ts';
import { percentileInterval } from './rank-interval.ts';
import { type Resolution, resolutionOf } from './resolution.ts';

export interface PercentileFigure {
  /** 0..100. */
  percent: number;
  /** By nearest rank; null when the sample is too small to print it. */
  value: number | null;
  /** `not-resolved` also when the values depend on each other for too long. */
  resolution: Resolution;
  /** Distribution-free, 95 %, also for dependent values; null unless resolved. */
  interval: Interval | null;
}

/** Statistics of one metric. Values keep the unit they came in: milliseconds in reports. */
export interface MetricFigures {
  n: number;
  /** As many independent values would tell as much: n ÷ inflation of the ranks. */
  effectiveN: number;
  mean: number | null;
  /** 95 %, t, also for dependent values; null when they are too few or depend for too long. */
  meanInterval: Interval | null;
  /** Sample standard deviation (n − 1); null below two samples. */
  standardDeviation: number | null;
  min: number | null;
  max: number | null;
  percentiles: PercentileFigure[];
}

const PERCENTS = [50, 90, 95, 99] as const;

/**
 * Summarises a sample. An empty one has no mean and hides its percentiles; it is not zero.
 *
 * Requests of one run depend on each other. The inflation is the larger of the ranks' and, for a
 * percentile, that of lying below it, for the mean that of the values themselves.
 * @param values in the order of the requests' intended starts: intervals are as wide as their
 *   dependence asks for. Values in any other order make intervals that promise too much
 */
export function summarize(
  values: ArrayLike<number>,
  percents: readonly number[] = PERCENTS,
): MetricFigures {
  const sorted = sortedCopy(values);
  const n = sorted.length;
  const list = sorted as unknown as number[];
  const ranks = rankDependence(values, sorted);
  return {
    n,
    effectiveN: n / ranks.inflation,
    mean: n > 0 ? mean(list) : null,
    meanInterval: meanInterval(values, ranks) ?? null,
    standardDeviation: n > 1 ? sampleStandardDeviation(list) : null,
    min: sorted[0] ?? null,
    max: sorted[n - 1] ?? null,
    percentiles: percents.map((percent) => summarizePercentile({ values, sorted, ranks }, percent)),
  };
}

interface Views {
  values: ArrayLike<number>;
  sorted: SortedValues;
  ranks: Dependence;
}

function summarizePercentile({ values, sorted, ranks }: Views, percent: number): PercentileFigure {
  const resolution = resolutionOf(percent, sorted.length);
  if (resolution === 'hidden') return { percent, value: null, resolution, interval: null };
  const value = percentile(sorted, percent);
  if (resolution === 'not-resolved') return { percent, value, resolution, interval: null };
  const dependence = strongerOf(ranks, exceedanceDependence(values, value));
  const interval = percentileInterval(sorted, percent, dependence) ?? null;
  return { percent, value, resolution: interval ? 'resolved' : 'not-resolved', interval };
}

export function percentileIn(
  { percentiles }: Pick<MetricFigures, 'percentiles'>,
  percent: number,
): PercentileFigure | undefined {
  return percentiles.find((it) => it.percent === percent);
}
