import { describe, expect, it } from 'vitest';
import {
  logSigma,
  minimumDetectableCut,
  percentileErrorFactor,
  powerPreflight,
  requiredPerArm,
} from '../../src/stats/power.ts';
import { stopDecision } from '../../src/stats/sequential-stop.ts';

describe('power', () => {
  it('knows the error factors of p50, p95, p99', () => {
    expect([50, 95, 99].map((p) => Number(percentileErrorFactor(p).toFixed(2)))).toEqual([
      1.25, 2.11, 3.73,
    ]);
  });

  it.each([
    [0.25, [1666, 395, 88, 35, 10]],
    [0.5, [6661, 1579, 352, 138, 37]],
    [1, [26_642, 6315, 1408, 551, 146]],
  ])('needs the published numbers of requests at sigma %d', (sigma, expected) => {
    [0.05, 0.1, 0.2, 0.3, 0.5].forEach((cut, index) => {
      const found = requiredPerArm(cut, { sigma });
      expect(Math.abs(found / expected[index]! - 1)).toBeLessThan(0.05);
    });
  });

  it('inverts: the detectable cut of the required size is the cut', () => {
    const n = requiredPerArm(0.2, { sigma: 0.5 });
    expect(minimumDetectableCut(n, { sigma: 0.5 })).toBeCloseTo(0.2, 2);
  });

  it('prices an experiment from a pilot', () => {
    const pilot = [1, 2, 4, 8, 16].map((value) => value * 10);
    expect(logSigma(pilot)).toBeCloseTo(Math.LN2 * Math.sqrt(2.5), 12);
    const preflight = powerPreflight(pilot, 0.5, { msPerRequest: 10, arms: 4 })!;
    expect(preflight.durationMs).toBe(preflight.requestsPerArm * 40);
    expect(powerPreflight([5], 0.5, { msPerRequest: 10, arms: 4 })).toBeUndefined();
  });
});

describe('sequential stop', () => {
  const rule = { minRounds: 8, maxRounds: 40, precision: 0.05 };
  const narrow = { low: 0.98, high: 1.02, confidence: 0.95 };

  it('stops on a narrow interval, wherever it lies, but not too early', () => {
    expect(stopDecision(7, narrow, rule)).toBe('continue');
    expect(stopDecision(8, narrow, rule)).toBe('precise');
    expect(stopDecision(8, { low: 0.5, high: 0.52, confidence: 0.95 }, rule)).toBe('precise');
  });

  it('does not stop because a wide interval excludes 1', () => {
    expect(stopDecision(20, { low: 0.5, high: 0.9, confidence: 0.95 }, rule)).toBe('continue');
    expect(stopDecision(40, undefined, rule)).toBe('exhausted');
  });
});
