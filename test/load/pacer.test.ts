import { describe, expect, it } from 'vitest';
import { constantPacer, poissonPacer, stagesPacer } from '../../src/load/pacer.ts';

describe('constant pacer', () => {
  it('spaces arrivals evenly from 0', () => {
    expect([0, 1, 2, 10].map(constantPacer(4))).toEqual([0, 250, 500, 2500]);
  });
});

describe('Poisson pacer', () => {
  it('is the same for the same seed, and differs for another', () => {
    const due = (seed: number) => [0, 1, 2, 3].map(poissonPacer(100, seed));
    expect(due(1)).toEqual(due(1));
    expect(due(1)).not.toEqual(due(2));
  });

  it('answers in any order', () => {
    const pacer = poissonPacer(100, 1);
    const tenth = pacer(10);
    pacer(0);
    expect(pacer(10)).toBe(tenth);
  });

  it('has gaps of the right mean and spread (both 1/rate)', () => {
    const pacer = poissonPacer(100, 5);
    const gaps = Array.from({ length: 20_000 }, (_, i) => pacer(i + 1)! - pacer(i)!);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
    expect(mean).toBeCloseTo(10, 0);
    expect(Math.sqrt(variance)).toBeCloseTo(10, 0);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0);
  });
});

describe('stages pacer', () => {
  it('holds a rate after a vertical step', () => {
    const pacer = stagesPacer([
      { durationMs: 0, ratePerSecond: 10 },
      { durationMs: 1000, ratePerSecond: 10 },
    ]);
    expect([0, 1, 9].map(pacer)).toEqual([0, 100, 900]);
    expect(pacer(10)).toBeUndefined();
  });

  it('ramps: n requests are due when the integral of the rate is n', () => {
    // 0 → 20/s over 1 s: 10 t² requests after t seconds.
    const pacer = stagesPacer([{ durationMs: 1000, ratePerSecond: 20 }]);
    expect(pacer(0)).toBe(0);
    expect(pacer(5)).toBeCloseTo(Math.sqrt(0.5) * 1000, 6);
    expect(pacer(9)).toBeCloseTo(Math.sqrt(0.9) * 1000, 6);
    expect(pacer(10)).toBeUndefined();
  });

  it('goes on from stage to stage and never back', () => {
    const pacer = stagesPacer([
      { durationMs: 1000, ratePerSecond: 40 },
      { durationMs: 1000, ratePerSecond: 40 },
      { durationMs: 1000, ratePerSecond: 0 },
    ]);
    const due = Array.from({ length: 80 }, (_, index) => pacer(index)!);
    expect(due.toSorted((a, b) => a - b)).toEqual(due);
    expect(due[20]).toBeCloseTo(1000, 6);
    expect(due[60]).toBeCloseTo(2000, 6);
    expect(due[79]).toBeLessThan(3000);
    expect(pacer(80)).toBeUndefined();
  });
});
