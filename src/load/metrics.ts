import type { Check } from '../base/outcome.ts';
import { formatDuration } from '../base/duration.ts';
import type { Interval } from '../stats/interval.ts';
import type { Summary } from '../stats/summary.ts';
import { judgeThreshold, type MetricCatalogue, type Threshold } from '../stats/threshold.ts';
import type { PhaseResult } from './aggregate.ts';

const TIMES = ['latency', 'ttft', 'itl', 'tpot'] as const;
const PERCENTS = [50, 90, 95, 99] as const;

type TimeMetric = (typeof TIMES)[number];

/** What a threshold of a load run may name. */
export const LOAD_METRICS: MetricCatalogue = {
  ...Object.fromEntries(
    TIMES.flatMap((time) =>
      [...PERCENTS.map((percent) => `p${percent}`), 'mean', 'max'].map(
        (statistic) => [`${time}.${statistic}`, 'duration'] as const,
      ),
    ),
  ),
  error_rate: 'share',
  hit_rate: 'share',
  requests: 'number',
  rate: 'number',
  output_tokens_per_second: 'number',
};

interface Measured {
  value: number | undefined;
  interval?: Interval | undefined;
  /** Why there is no value to judge. */
  missing: string;
}

/** Judges one threshold of a load run; percentiles by their whole interval. */
export function checkThreshold(threshold: Threshold, result: PhaseResult): Check {
  const measured = measure(threshold.metric, result);
  const outcome = judgeThreshold(threshold, measured.value, measured.interval);
  const print = (value: number): string => printed(threshold.metric, value);
  const { value, interval } = measured;
  const range = interval && `${print(interval.low)} to ${print(interval.high)} (95 %)`;
  return {
    id: `threshold-${threshold.metric.replaceAll(/[._]/g, '-')}`,
    claim: `Threshold: ${threshold.text}`,
    outcome,
    expected: `${threshold.operator} ${print(threshold.bound)}`,
    actual: value === undefined ? 'unknown' : print(value),
    evidence:
      value === undefined
        ? measured.missing
        : `${result.requests} requests${range ? `, interval ${range}` : ''}`,
    remedy: remedyOf(outcome),
  };
}

function remedyOf(outcome: Check['outcome']): string {
  if (outcome === 'inconclusive') return 'Measure more requests, or set a bound further away.';
  return outcome === 'fail' ? 'Lower the load, add capacity, or move the bound.' : '';
}

function measure(metric: string, result: PhaseResult): Measured {
  switch (metric) {
    case 'error_rate':
      return { value: result.errorRate, missing: 'No request finished.' };
    case 'hit_rate':
      return {
        value: result.tokens.prefixHitRate,
        missing: 'No answer reported cached tokens (usage.prompt_tokens_details).',
      };
    case 'requests':
      return { value: result.requests, missing: '' };
    case 'rate':
      return { value: result.goodputPerSecond, missing: 'No request finished.' };
    case 'output_tokens_per_second':
      return { value: result.outputTokensPerSecond, missing: 'No answer reported its tokens.' };
    default:
      return measureTime(metric, result);
  }
}

function measureTime(metric: string, result: PhaseResult): Measured {
  const [time, statistic] = metric.split('.') as [TimeMetric, string];
  const summary: Summary = result[time];
  const missing = `${summary.n} values of ${time} are too few.`;
  if (statistic === 'mean' || statistic === 'max') return { value: summary[statistic], missing };
  const found = summary.percentiles.find(({ percent }) => `p${percent}` === statistic);
  const isResolved = found?.resolution === 'resolved';
  return { value: isResolved ? found.value : undefined, interval: found?.interval, missing };
}

function printed(metric: string, value: number): string {
  if (metric.includes('.')) return formatDuration(value);
  return LOAD_METRICS[metric] === 'share'
    ? `${Number((value * 100).toPrecision(3))} %`
    : String(Number(value.toPrecision(4)));
}
