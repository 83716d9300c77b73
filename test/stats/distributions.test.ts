import { describe, expect, it } from 'vitest';
import { binomialCdf } from '../../src/stats/binomial.ts';
import { normalCdf, normalQuantile } from '../../src/stats/normal.ts';
import { studentTCdf, studentTQuantile } from '../../src/stats/student-t.ts';

describe('normal distribution', () => {
  it('knows the quantiles everybody knows', () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963985, 7);
    expect(normalQuantile(0.8)).toBeCloseTo(0.841621234, 7);
    expect(normalQuantile(0.001)).toBeCloseTo(-3.090232306, 7);
  });

  it('keeps far tails, where a table would stop at 0.999', () => {
    expect(normalCdf(1.959963985)).toBeCloseTo(0.975, 6);
    expect(1 - normalCdf(4)).toBeCloseTo(3.167e-5, 6);
  });

  it('refuses probabilities of 0 and 1', () => {
    expect(() => normalQuantile(0)).toThrow(RangeError);
    expect(() => normalQuantile(1)).toThrow(RangeError);
  });
});

describe("Student's t", () => {
  it.each([
    [1, 12.7062],
    [2, 4.302653],
    [7, 2.364624],
    [10, 2.228139],
    [23, 2.068658],
  ])('has the tabled 97.5 %% quantile for %i degrees', (degrees, quantile) => {
    expect(studentTQuantile(0.975, degrees)).toBeCloseTo(quantile, 4);
    expect(studentTQuantile(0.025, degrees)).toBeCloseTo(-quantile, 4);
    expect(studentTCdf(quantile, degrees)).toBeCloseTo(0.975, 5);
  });
});

describe('binomial distribution', () => {
  it('sums its probabilities', () => {
    expect(binomialCdf(2, 4, 0.5)).toBeCloseTo(11 / 16, 12);
    expect(binomialCdf(-1, 4, 0.5)).toBe(0);
    expect(binomialCdf(4, 4, 0.5)).toBe(1);
    expect(binomialCdf(949, 1000, 0.95)).toBeCloseTo(0.46247, 5);
  });
});
