import { describe, expect, it } from 'vitest';
import { binomialCdf, exactBinomialP } from '../../src/stats/binomial.ts';

describe('binomial distribution', () => {
  it('sums its probabilities', () => {
    expect(binomialCdf(2, 4, 0.5)).toBeCloseTo(11 / 16, 12);
    expect(binomialCdf(-1, 4, 0.5)).toBe(0);
    expect(binomialCdf(4, 4, 0.5)).toBe(1);
    expect(binomialCdf(949, 1000, 0.95)).toBeCloseTo(0.46247, 5);
  });
});

describe('exact binomial test', () => {
  it.each([
    [4, 4, 0.5, 1 / 16],
    [3, 4, 0.5, 5 / 16],
    [0, 4, 0.5, 1],
    [48, 48, 0.5, 2 ** -48],
    [31, 48, 0.5, 0.02973168762688516],
    [1, 3, 1 / 3, 19 / 27],
    [5, 4, 0.5, 0],
    [1, 4, 0, 0],
    [2, 4, 1, 1],
  ])('%i of %i at chance %f', (hits, n, chance, p) => {
    expect(Math.abs(exactBinomialP(hits, n, chance) - p)).toBeLessThanOrEqual(p * 1e-9);
  });
});
