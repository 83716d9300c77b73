import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shuffled } from '../../src/base/shuffled.ts';
import { binomialCdf } from '../../src/stats/binomial.ts';
import { nearestRank, percentile, sortedCopy } from '../../src/stats/percentile.ts';
import { percentileInterval, percentileRanks } from '../../src/stats/rank-interval.ts';
import { printFloor, resolutionFloor, resolutionOf } from '../../src/stats/resolution.ts';
import { summarize } from '../../src/stats/summary.ts';

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

describe('percentileRanks', () => {
  it.each([
    [200, 95, { low: 184, high: 197 }],
    [400, 95, { low: 371, high: 389 }],
    [1000, 95, { low: 936, high: 964 }],
    [72, 95, { low: 64, high: 72 }],
  ])('n = %i, p%i', (n, percent, ranks) => {
    const found = percentileRanks(n, percent);
    expect(found).toEqual(ranks);
  });

  it.each([50, 95, 99])('cuts off 2.5 % where the binomial is not summed, too, p%i', (percent) => {
    const n = 20_001;
    const found = percentileRanks(n, percent)!;
    for (const [rank, tail] of [
      [found.low, binomialCdf(found.low - 1, n, percent / 100)],
      [found.high, 1 - binomialCdf(found.high - 1, n, percent / 100)],
    ] as const) {
      expect(rank).toBeGreaterThan(0);
      expect(tail).toBeGreaterThan(0.018);
      expect(tail).toBeLessThan(0.028);
    }
  });

  it('does not exist one sample below the floor', () => {
    expect(percentileRanks(71, 95)).toBeUndefined();
    expect(percentileRanks(367, 99)).toBeUndefined();
    expect(percentileRanks(368, 99)).toBeDefined();
  });

  it('reads the interval from the order statistics', () => {
    expect(percentileInterval(oneToHundred, 50)).toEqual({ low: 40, high: 61, confidence: 0.95 });
  });
});

describe('resolution', () => {
  it('knows the floors of p50, p95 and p99', () => {
    expect([50, 95, 99].map(printFloor)).toEqual([2, 20, 100]);
    expect([50, 95, 99].map((percent) => resolutionFloor(percent))).toEqual([6, 72, 368]);
  });

  it('hides, qualifies, then resolves p95', () => {
    expect([19, 20, 71, 72].map((n) => resolutionOf(95, n))).toEqual([
      'hidden',
      'not-resolved',
      'not-resolved',
      'resolved',
    ]);
  });
});

describe('summarize', () => {
  it('summarises 1..100', () => {
    const summary = summarize(shuffled(Array.from(oneToHundred), 6));
    expect(summary).toMatchObject({ n: 100, mean: 50.5, min: 1, max: 100 });
    expect(summary.standardDeviation).toBeCloseTo(29.011491975882016, 10);
    expect(summary.percentiles.map(({ value }) => value)).toEqual([50, 90, 95, 99]);
    expect(summary.percentiles.map(({ resolution }) => resolution)).toEqual([
      'resolved',
      'resolved',
      'resolved',
      'not-resolved',
    ]);
  });

  it('resolves nothing of values that only ever rise: where they go nobody has seen', () => {
    const summary = summarize(oneToHundred);
    expect(summary.percentiles.map(({ interval }) => interval)).toEqual(Array(4).fill(undefined));
    expect(summary.percentiles[2]).toMatchObject({ value: 95, resolution: 'not-resolved' });
    expect(summary.meanInterval).toBeUndefined();
  });

  it('has no p95 from 12 samples and nothing at all from none', () => {
    expect(summarize(oneToHundred.subarray(0, 12)).percentiles[2]!.value).toBeUndefined();
    expect(summarize([])).toMatchObject({ n: 0, mean: undefined, max: undefined });
  });
});
