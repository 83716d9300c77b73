import { describe, expect, it } from 'vitest';
import { binomialCdf } from '../../src/stats/binomial.ts';
import { sortedCopy } from '../../src/stats/percentile.ts';
import { percentileInterval, percentileRanks } from '../../src/stats/rank-interval.ts';

const oneToHundred = sortedCopy(Array.from({ length: 100 }, (_, index) => 100 - index));

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
