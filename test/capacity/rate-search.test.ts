import { describe, expect, it } from 'vitest';
import { rateAxis } from '../../src/capacity/limit-search.ts';
import { type MeasuredStep, searchRates } from '../../src/capacity/rate-search.ts';
import type { CapacityStep } from '../../src/capacity/result.ts';

const axis = rateAxis(4, { least: 0.1, most: 1_000 });
const NO_TIME = { p50: null, p95: null, p95Interval: null, p99: null };

function step(rate: number, verdict: CapacityStep['verdict']): CapacityStep {
  const figures = { errorRate: 0, goodput: 1, goodputPerSecond: rate, hitRate: null };
  return { rate, verdict, requests: 100, ttft: NO_TIME, latency: NO_TIME, ...figures };
}

/** Serves up to a rate; what was asked of whom is kept in order. */
function server(arm: string, limit: number, order: string[] = []) {
  return {
    arm,
    measure: (rate: number, index: number): Promise<MeasuredStep> => {
      order.push(`${index} ${arm}`);
      return Promise.resolve({ step: step(rate, rate < limit ? 'holds' : 'fails') });
    },
  };
}

describe('searches side by side', () => {
  it('take turns, each step with a number of its own, and the longer one goes on alone', async () => {
    const order: string[] = [];
    const [off, on] = await searchRates([server('off', 5, order), server('on', 300, order)], axis);
    expect(order.slice(0, 4)).toEqual(['0 off', '1 on', '2 off', '3 on']);
    expect(order.map((it) => Number(it.split(' ')[0]))).toEqual([...order.keys()]);
    expect(off).toMatchObject({ arm: 'off', end: 'closed', reasons: [] });
    expect(off!.held).toBeLessThan(5);
    expect(on!.held).toBeGreaterThan(270);
  });

  it('all end with what stops one of them; that step is in the curve and counts for nothing', async () => {
    const spent = {
      arm: 'off',
      measure: (rate: number, index: number): Promise<MeasuredStep> =>
        Promise.resolve(
          index < 2
            ? { step: step(rate, 'holds') }
            : { step: step(rate, 'undecided'), stop: 'budget' as const },
        ),
    };
    const [off, on] = await searchRates([spent, server('on', 300)], axis);
    expect(off).toMatchObject({ end: 'budget', held: 4, failed: null });
    expect(off!.steps.map(({ rate }) => rate)).toEqual([4, 8]);
    expect(on).toMatchObject({ end: 'budget', held: 4 });
  });
});

describe('a step that the generator disturbed', () => {
  const disturbed = (times: number) => {
    let left = times;
    const whole = server('', 5);
    return {
      arm: '',
      measure: async (rate: number, index: number): Promise<MeasuredStep> => {
        const measured = await whole.measure(rate, index);
        return left-- > 0
          ? { ...measured, stop: 'generator', reasons: ['It was late.'] }
          : measured;
      },
    };
  };

  it('is asked again and not shown', async () => {
    const [curve] = await searchRates([disturbed(2)], axis);
    expect(curve).toMatchObject({ end: 'closed', held: expect.closeTo(4.9, 0) });
    expect(curve!.steps.filter(({ rate }) => rate === 4)).toHaveLength(1);
  });

  it('ends the search the third time in a row, with what the generator said', async () => {
    const [curve] = await searchRates([disturbed(3)], axis);
    expect(curve).toMatchObject({ end: 'generator', reasons: ['It was late.'], held: null });
  });
});
