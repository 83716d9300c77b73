import { formatDuration } from '../base/duration.ts';
import { type PercentileFigure, percentileIn } from '../stats/summary.ts';
import type { LoadFigures } from './model.ts';

export type TimeMetric = 'latency' | 'ttft' | 'itl' | 'tpot';

/** The times of one metric of a load run for people. */
export interface MetricTimes {
  /** Undefined where there is none, or failures are in it. */
  mean: string | undefined;
  percentile: (percent: number) => PercentileTime;
}

/** `value` is undefined with too few requests; `ends` of its interval only where it is resolved. */
export interface PercentileTime {
  value: string | undefined;
  ends: readonly [string, string] | undefined;
}

/**
 * A failure counts as the time limit at least, which nobody measured: such a figure reads `failed`.
 * Whole requests fail, so that only latency and TTFT hold failures.
 */
export function timesOf(result: LoadFigures, metric: TimeMetric): MetricTimes {
  const isPerRequest = metric === 'latency' || metric === 'ttft';
  const holdsFailures = isPerRequest && Object.keys(result.failures).length > 0;
  const failedMs = holdsFailures ? result.timeoutMs : Infinity;
  const text = (ms: number): string => (ms < failedMs ? formatDuration(ms) : 'failed');
  const { mean } = result[metric];
  return {
    mean: mean === null || holdsFailures ? undefined : text(mean),
    percentile: (percent) => textsOf(percentileIn(result[metric], percent), text),
  };
}

function textsOf(
  found: PercentileFigure | undefined,
  text: (ms: number) => string,
): PercentileTime {
  const { value = null, interval = null } = found ?? {};
  return {
    value: value === null ? undefined : text(value),
    ends: interval === null ? undefined : [text(interval.low), text(interval.high)],
  };
}
