import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearestRank, percentile, sortedCopy } from '../../src/stats/percentile.ts';

const oneToHundred = sortedCopy(Array.from({ length: 100 }, (_, index) => 100 - index));

describe('percentile', () => {
  it('is 95 by nearest rank for 1..100', () => {
    expect(percentile(oneToHundred, 95)).toBe(95);
  });

  it('gives the middle and the ends', () => {
    expect(percentile(sortedCopy([3, 1, 2]), 50)).toBe(2);
    expect(percentile(sortedCopy([3, 1, 2]), 0)).toBe(1);
    expect(percentile(sortedCopy([3, 1, 2]), 100)).toBe(3);
  });

  it('takes rank 999 for 99.9 % of 1000 despite binary fractions', () => {
    expect(nearestRank(1000, 99.9)).toBe(999);
    expect(nearestRank(12, 95)).toBe(12);
  });

  it('always returns an observed value with at least that share at or below it', () => {
    const property = fc.property(
      fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 100 }),
      (values, percent) => {
        const value = percentile(sortedCopy(values), percent);
        expect(values).toContain(value);
        const below = values.filter((other) => other <= value).length;
        expect(below / values.length).toBeGreaterThanOrEqual(percent / 100 - 1e-9);
      },
    );
    fc.assert(property, { seed: 1, numRuns: 200 });
  });

  it('refuses an empty sample and NaN', () => {
    expect(() => percentile(sortedCopy([]), 50)).toThrow(RangeError);
    expect(() => sortedCopy([1, Number.NaN])).toThrow(RangeError);
  });
});
