import { describe, expect, it } from 'vitest';
import { KvcacheError } from '../../src/base/errors.ts';
import { judgeThreshold, parseThreshold } from '../../src/stats/threshold.ts';

const METRICS = {
  'ttft.p95': 'duration',
  'ttft.p95.ratio': 'number',
  hit_rate: 'share',
} as const;

const parse = (text: string) => parseThreshold(text, METRICS);

describe('parseThreshold', () => {
  it.each([
    ['ttft.p95 < 200ms', 'ttft.p95', '<', 200],
    ['ttft.p95<=1.5s', 'ttft.p95', '<=', 1500],
    ['ttft.p95.ratio < 0.8', 'ttft.p95.ratio', '<', 0.8],
    ['  hit_rate >= 90%  ', 'hit_rate', '>=', 0.9],
    ['hit_rate != 0', 'hit_rate', '!=', 0],
  ])('%s', (text, metric, operator, bound) => {
    expect(parse(text)).toEqual({ text, metric, operator, bound });
  });

  it.each([
    ['', 1, 'metric name is missing'],
    ['< 3', 1, 'metric name is missing'],
    ['tfft.p95 < 200ms', 1, 'is not a metric; known: ttft.p95, ttft.p95.ratio, hit_rate'],
    ['constructor < 1', 1, 'is not a metric'],
    ['ttft.p95 200ms', 9, 'one of'],
    ['ttft.p95 <', 11, 'a bound is missing'],
    ['ttft.p95 < 200', 12, '"200" is not a duration with its unit'],
    ['hit_rate > 90ms', 12, 'is not a share'],
    ['hit_rate > 0.9 and more', 16, '"and more" is too much'],
    ['ttft.p95.ratio < 80%', 18, '"80%" is not a number'],
  ])('rejects "%s" at column %i', (text, column, message) => {
    const thrown = catchError(() => parse(text));
    expect(thrown).toMatchObject({ kind: 'usage', code: 'THRESHOLD_INVALID' });
    expect(thrown.where).toBe(`threshold:1:${column}`);
    expect(thrown.message).toContain(message);
  });
});

describe('judgeThreshold', () => {
  const threshold = parse('ttft.p95.ratio < 0.8');
  const interval = (low: number, high: number) => ({ low, high, confidence: 0.95 });

  it('judges a bare number as it is', () => {
    expect(judgeThreshold(threshold, 0.79)).toBe('pass');
    expect(judgeThreshold(threshold, 0.8)).toBe('fail');
  });

  it('wants the whole interval on one side', () => {
    expect(judgeThreshold(threshold, 0.7, interval(0.6, 0.79))).toBe('pass');
    expect(judgeThreshold(threshold, 0.7, interval(0.6, 0.9))).toBe('inconclusive');
    expect(judgeThreshold(threshold, 0.9, interval(0.85, 0.95))).toBe('fail');
  });

  it('does not take the unknown for zero', () => {
    expect(judgeThreshold(threshold, undefined)).toBe('inconclusive');
    expect(judgeThreshold(parse('hit_rate >= 0'), Number.NaN)).toBe('inconclusive');
  });
});

function catchError(run: () => unknown): KvcacheError {
  try {
    run();
  } catch (error) {
    if (error instanceof KvcacheError) return error;
  }
  throw new Error('Nothing was thrown.');
}
