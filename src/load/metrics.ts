import type { Check } from '../base/outcome.ts';
import { formatDuration } from '../base/duration.ts';
import type { Interval } from '../stats/interval.ts';
import type { MetricFigures } from '../stats/summary.ts';
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
  value: number | null;
  /** `exact` for what is counted, not estimated; null when the data carry no interval. */
  interval: Interval | 'exact' | null;
  /** Why there is no value, or no interval, to judge. */
  missing: string;
}

/** Judges one threshold of a load run: estimates by their whole interval, counts as they are. */
export function checkThreshold(threshold: Threshold, result: PhaseResult): Check {
  const { value, interval, missing } = measure(threshold.metric, result);
  const isKnown = value !== null && interval !== null;
  const range = interval === 'exact' || interval === null ? undefined : interval;
  const outcome = isKnown ? judgeThreshold(threshold, value, range) : 'inconclusive';
  const print = (it: number): string => printed(threshold.metric, it);
  const ends = range && `, interval ${print(range.low)} to ${print(range.high)} (95 %)`;
  return {
    id: `threshold-${threshold.metric.replaceAll(/[._]/g, '-')}`,
    claim: `Threshold: ${threshold.text}`,
    outcome,
    expected: `${threshold.operator} ${print(threshold.bound)}`,
    actual: value === null ? 'unknown' : print(value),
    evidence: isKnown ? `${result.requests} requests${ends ?? ''}` : missing,
    remedy: remedyOf(outcome),
  };
}

function remedyOf(outcome: Check['outcome']): string {
  if (outcome === 'inconclusive') return 'Measure more requests, or set a bound further away.';
  return outcome === 'fail' ? 'Lower the load, add capacity, or move the bound.' : '';
}

function measure(metric: string, result: PhaseResult): Measured {
  const { tokens } = result;
  const tooFew = 'Too few requests for an interval, or they depend on each other for too long.';
  switch (metric) {
    case 'error_rate':
      return {
        value: result.errorRate,
        interval: result.errorRateInterval,
        missing: 'No request finished.',
      };
    case 'hit_rate':
      return {
        value: tokens.prefixHitRate,
        interval: tokens.prefixHitRateInterval,
        missing: 'No answer reported cached tokens (usage.prompt_tokens_details).',
      };
    case 'requests':
      return { value: result.requests, interval: 'exact', missing: '' };
    case 'rate':
      return {
        value: result.goodputPerSecond,
        interval: result.goodputInterval,
        missing: tooFew,
      };
    case 'output_tokens_per_second':
      return {
        value: result.outputTokensPerSecond,
        interval: result.outputTokensInterval,
        missing: tokens.output === null ? 'No answer reported its tokens.' : tooFew,
      };
    default:
      return measureTime(metric, result);
  }
}

function measureTime(metric: string, result: PhaseResult): Measured {
  const [time, statistic] = metric.split('.') as [TimeMetric, string];
  const summary = result[time];
  const missing = unresolved(time, summary);
  if (statistic === 'max') return { value: summary.max, interval: 'exact', missing };
  if (statistic === 'mean') {
    return { value: summary.mean, interval: summary.meanInterval, missing };
  }
  const found = summary.percentiles.find(({ percent }) => `p${percent}` === statistic);
  return { value: found?.value ?? null, interval: found?.interval ?? null, missing };
}

function unresolved(time: TimeMetric, { n, effectiveN }: MetricFigures): string {
  const worth = Math.floor(effectiveN);
  return worth < n
    ? `${n} values of ${time} are too few: they depend on each other and are worth about ${worth}.`
    : `${n} values of ${time} are too few.`;
}

function printed(metric: string, value: number): string {
  if (metric.includes('.')) return formatDuration(value);
  return LOAD_METRICS[metric] === 'share'
    ? `${Number((value * 100).toPrecision(3))} %`
    : String(Number(value.toPrecision(4)));
}
