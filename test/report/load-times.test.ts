import { describe, expect, it } from 'vitest';
import { timesOf } from '../../src/report/load-times.ts';
import type { LoadFigures } from '../../src/report/model.ts';
import type { MetricFigures } from '../../src/stats/summary.ts';

const interval = (low: number, high: number) => ({ low, high, confidence: 0.95 });

function resultOf(failures: Record<string, number>): LoadFigures {
  const figures = {
    n: 100,
    mean: 6_070,
    percentiles: [
      { percent: 50, value: 70, interval: interval(60, 80) },
      { percent: 90, value: 200, interval: interval(90, 60_000) },
      { percent: 95, value: 60_000, interval: null },
      { percent: 99, value: null, interval: null },
    ],
  } as unknown as MetricFigures;
  return { timeoutMs: 60_000, failures, latency: figures, itl: figures } as unknown as LoadFigures;
}

describe('times of a load run', () => {
  it('do not say a time that only failures make', () => {
    const { mean, percentile } = timesOf(resultOf({ http: 10 }), 'latency');
    expect(mean).toBeUndefined();
    expect([50, 90, 95, 99, 75].map(percentile)).toEqual([
      { value: '70 ms', ends: ['60 ms', '80 ms'] },
      { value: '200 ms', ends: ['90 ms', 'failed'] },
      { value: 'failed', ends: undefined },
      { value: undefined, ends: undefined },
      { value: undefined, ends: undefined },
    ]);
  });

  it.each([
    ['latency', {}],
    ['itl', { http: 10 }],
  ] as const)('of %s are told where no failure is in them', (metric, failures) => {
    const { mean, percentile } = timesOf(resultOf(failures), metric);
    expect(mean).toBe('6.07 s');
    expect(percentile(95).value).toBe('60 s');
  });
});
