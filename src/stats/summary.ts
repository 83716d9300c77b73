import { mean, sampleStandardDeviation } from 'simple-statistics';
import { type Dependence, exceedanceDependence, rankDependence, strongerOf } from './dependence.ts';
import type { Interval } from './interval.ts';
import { meanInterval } from './mean-interval.ts';
import { percentile, type SortedValues, sortedCopy } from './percentile.ts';
import { percentileInterval } from './rank-interval.ts';
import { type Resolution, resolutionOf } from './resolution.ts';

export interface PercentileSummary {
  /** 0..100. */
  percent: number;
  /** By nearest rank; undefined when the sample is too small to print it. */
  value: number | undefined;
  /** `not-resolved` also when the values depend on each other for too long. */
  resolution: Resolution;
  /** Distribution-free, 95 %, also for dependent values; undefined unless resolved. */
  interval: Interval | undefined;
}

/** What is said of one metric of one phase. Values keep the unit they came in. */
export interface Summary {
  n: number;
  /** As many independent values would tell as much: n ÷ inflation of the ranks. */
  effectiveN: number;
  mean: number | undefined;
  /** 95 %, t, also for dependent values; undefined when they are too few or depend for too long. */
  meanInterval: Interval | undefined;
  /** Sample standard deviation (n − 1); undefined below two samples. */
  standardDeviation: number | undefined;
  min: number | undefined;
  max: number | undefined;
  percentiles: PercentileSummary[];
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
): Summary {
  const sorted = sortedCopy(values);
  const n = sorted.length;
  const list = sorted as unknown as number[];
  const ranks = rankDependence(values, sorted);
  return {
    n,
    effectiveN: n / ranks.inflation,
    mean: n > 0 ? mean(list) : undefined,
    meanInterval: meanInterval(values, ranks),
    standardDeviation: n > 1 ? sampleStandardDeviation(list) : undefined,
    min: sorted[0],
    max: sorted[n - 1],
    percentiles: percents.map((percent) => summarizePercentile({ values, sorted, ranks }, percent)),
  };
}

interface Views {
  values: ArrayLike<number>;
  sorted: SortedValues;
  ranks: Dependence;
}

function summarizePercentile({ values, sorted, ranks }: Views, percent: number): PercentileSummary {
  const resolution = resolutionOf(percent, sorted.length);
  if (resolution === 'hidden')
    return { percent, value: undefined, resolution, interval: undefined };
  const value = percentile(sorted, percent);
  if (resolution === 'not-resolved') return { percent, value, resolution, interval: undefined };
  const dependence = strongerOf(ranks, exceedanceDependence(values, value));
  const interval = percentileInterval(sorted, percent, dependence);
  return { percent, value, resolution: interval ? 'resolved' : 'not-resolved', interval };
}
