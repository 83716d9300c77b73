import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { BoundedValues } from '../../../src/report/shards/bounded-values.ts';
import { percentileIn, summarize } from '../../../src/stats/summary.ts';

const random = createRandom(5);
const values = Array.from({ length: 5_000 }, () => Math.round(1_000 * 80 * random.next()) / 1_000);

function figuresOf(max: number) {
  const bounded = new BoundedValues(max);
  for (const value of values) bounded.push(value);
  return { figures: bounded.figures(), isExact: bounded.isExact };
}

describe('values within a bound on memory', () => {
  it('are summed up exactly', () => {
    expect(figuresOf(5_000)).toEqual({ figures: summarize(values), isExact: true });
  });

  it('beyond it keep mean, ends and percentiles to 0.1 %, and claim no interval', () => {
    const exact = summarize(values);
    const { figures, isExact } = figuresOf(1_000);
    expect(isExact).toBe(false);
    expect(figures).toMatchObject({ n: 5_000, min: exact.min, max: exact.max, meanInterval: null });
    expect(figures.mean).toBeCloseTo(exact.mean!, 9);
    expect(figures.standardDeviation).toBeCloseTo(exact.standardDeviation!, 9);
    for (const { percent, value } of exact.percentiles) {
      const found = percentileIn(figures, percent)!;
      expect(Math.abs(found.value! - value!)).toBeLessThan(0.001 * value! + 0.001);
      expect(found).toMatchObject({ interval: null, resolution: 'not-resolved' });
    }
  });
});
