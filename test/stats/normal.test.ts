import { describe, expect, it } from 'vitest';
import { normalCdf, normalQuantile } from '../../src/stats/normal.ts';

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
