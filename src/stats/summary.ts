import { mean, sampleStandardDeviation } from 'simple-statistics';
import type { Interval } from './interval.ts';
import { percentile, type SortedValues, sortedCopy } from './percentile.ts';
import { percentileInterval } from './rank-interval.ts';
import { type Resolution, resolutionOf } from './resolution.ts';

export interface PercentileSummary {
  /** 0..100. */
  percent: number;
  /** By nearest rank; undefined when the sample is too small to print it. */
  value: number | undefined;
  resolution: Resolution;
  /** Distribution-free, 95 %; undefined unless resolved. */
  interval: Interval | undefined;
}

/** What is said of one metric of one phase. Values keep the unit they came in. */
export interface Summary {
  n: number;
  mean: number | undefined;
  /** Sample standard deviation (n − 1); undefined below two samples. */
  standardDeviation: number | undefined;
  min: number | undefined;
  max: number | undefined;
  percentiles: PercentileSummary[];
}

const PERCENTS = [50, 90, 95, 99] as const;

/** Summarises a sample. An empty one has no mean and hides its percentiles; it is not zero. */
export function summarize(
  values: ArrayLike<number>,
  percents: readonly number[] = PERCENTS,
): Summary {
  return summarizeSorted(sortedCopy(values), percents);
}

/** As {@link summarize}, without another copy of a large sample. */
export function summarizeSorted(
  sorted: SortedValues,
  percents: readonly number[] = PERCENTS,
): Summary {
  const n = sorted.length;
  const list = sorted as unknown as number[];
  return {
    n,
    mean: n > 0 ? mean(list) : undefined,
    standardDeviation: n > 1 ? sampleStandardDeviation(list) : undefined,
    min: sorted[0],
    max: sorted[n - 1],
    percentiles: percents.map((percent) => summarizePercentile(sorted, percent)),
  };
}

function summarizePercentile(sorted: SortedValues, percent: number): PercentileSummary {
  const resolution = resolutionOf(percent, sorted.length);
  return {
    percent,
    value: resolution === 'hidden' ? undefined : percentile(sorted, percent),
    resolution,
    interval: resolution === 'resolved' ? percentileInterval(sorted, percent) : undefined,
  };
}
