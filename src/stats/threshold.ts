import { parseDuration } from '../base/duration.ts';
import type { Interval } from './interval.ts';
import { statsError } from './errors.ts';

export type ThresholdOperator = '<' | '<=' | '>' | '>=' | '==' | '!=';

/** What a metric measures, and so how its bound is written: `200ms`, `0.9` or `90%`, `100`. */
export type MetricKind = 'duration' | 'share' | 'number';

/** The metrics a command can judge. */
export type MetricCatalogue = Readonly<Record<string, MetricKind>>;

export interface Threshold {
  /** As written. */
  text: string;
  metric: string;
  operator: ThresholdOperator;
  /** Milliseconds for durations, 0..1 for shares. */
  bound: number;
}

const TOKENS = /\s*([a-z][a-z0-9_.]*)?\s*(<=|>=|==|!=|<|>)?\s*(\S+)?\s*(.*)$/dy;

/**
 * Parses `metric operator bound`: `ttft.p95.ratio < 0.8`, `latency.p99 <= 200ms`, `hit_rate >= 90%`.
 * @throws KvcacheError THRESHOLD_INVALID (kind usage), `where` holding the column
 */
export function parseThreshold(text: string, metrics: MetricCatalogue): Threshold {
  TOKENS.lastIndex = 0;
  const match = TOKENS.exec(text)!;
  const [, metric, operator, bound, rest] = match;
  const columns = match.indices!.map((range) => range?.[0]);
  if (metric === undefined) throw invalid(text, 0, 'a metric name is missing');
  const kind = Object.hasOwn(metrics, metric) ? metrics[metric]! : undefined;
  if (kind === undefined) {
    const known = `"${metric}" is not a metric; known: ${Object.keys(metrics).join(', ')}`;
    throw invalid(text, columns[1]!, known);
  }
  if (operator === undefined) {
    throw invalid(text, columns[1]! + metric.length, 'one of < <= > >= == != is missing');
  }
  if (bound === undefined) throw invalid(text, text.length, 'a bound is missing');
  if (rest !== '') throw invalid(text, columns[4]!, `"${rest}" is too much`);
  const value = parseBound(bound, kind);
  if (value === undefined) throw invalid(text, columns[3]!, `"${bound}" is not ${BOUNDS[kind]}`);
  return { text, metric, operator: operator as ThresholdOperator, bound: value };
}

const BOUNDS: Readonly<Record<MetricKind, string>> = {
  duration: 'a duration with its unit, such as 200ms or 1.5s',
  share: 'a share, such as 0.9 or 90%',
  number: 'a number',
};

function parseBound(text: string, kind: MetricKind): number | undefined {
  if (kind === 'duration') return parseDuration(text);
  const isPercent = kind === 'share' && text.endsWith('%');
  const digits = isPercent ? text.slice(0, -1) : text;
  if (!/^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(digits)) return undefined;
  return isPercent ? Number(digits) / 100 : Number(digits);
}

function invalid(text: string, index: number, problem: string) {
  return statsError('THRESHOLD_INVALID', {
    message: `The threshold cannot be read: ${problem}.`,
    where: `threshold:1:${index + 1}`,
    details: [text, `${' '.repeat(index)}^`],
  });
}

/**
 * Whether a threshold holds. With an interval the whole interval must lie on one side; an interval
 * across the bound, or an unknown value, is inconclusive.
 */
export function judgeThreshold(
  threshold: Threshold,
  value: number | undefined,
  interval?: Interval,
): 'pass' | 'fail' | 'inconclusive' {
  if (value === undefined || Number.isNaN(value)) return 'inconclusive';
  const isPointwise = threshold.operator === '==' || threshold.operator === '!=';
  if (interval === undefined || isPointwise) return holds(threshold, value) ? 'pass' : 'fail';
  const [low, high] = [holds(threshold, interval.low), holds(threshold, interval.high)];
  if (low !== high) return 'inconclusive';
  return low ? 'pass' : 'fail';
}

function holds({ operator, bound }: Threshold, value: number): boolean {
  switch (operator) {
    case '<':
      return value < bound;
    case '<=':
      return value <= bound;
    case '>':
      return value > bound;
    case '>=':
      return value >= bound;
    case '==':
      return value === bound;
    case '!=':
      return value !== bound;
  }
}
