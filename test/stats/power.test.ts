import { describe, expect, it } from 'vitest';
import { announceable, detectableCut, percentileErrorFactor } from '../../src/stats/power.ts';
import { studentTQuantile } from '../../src/stats/student-t.ts';

describe('power', () => {
  it('knows the error factors of p50, p95, p99', () => {
    expect([50, 95, 99].map((p) => Number(percentileErrorFactor(p).toFixed(2)))).toEqual([
      1.25, 2.11, 3.73,
    ]);
  });

  it('announces what the interval itself would show: (t + z) standard errors', () => {
    const t = studentTQuantile(0.975, 23);
    const interval = { low: Math.exp(-0.1 * t), high: Math.exp(0.1 * t), confidence: 0.95 };
    const wider = Math.sqrt(24 / 23);
    const spread = { degrees: 23, overdispersion: 1 };
    const { cut } = detectableCut(interval, Array<number>(24).fill(0), spread);
    const noisy = Array.from({ length: 24 }, (_, index) => (index % 2 === 0 ? 1 : -1));
    const { cut: noisyCut } = detectableCut(interval, noisy, spread);
    expect(cut).toBeCloseTo(1 - Math.exp(-0.1 * wider * (t + 0.91537)), 4);
    // Where the rounds' own ratios vary more, the sign-flip test is what has to be passed.
    expect(noisyCut).toBeCloseTo(1 - Math.exp((-1 / Math.sqrt(23)) * wider * (t + 0.91537)), 4);
  });

  it.each([
    ['without an interval', undefined, 24, 1, 'no interval'],
    ['from few rounds that differ', { low: 0.9, high: 1.1, confidence: 0.95 }, 8, 2, '8 rounds'],
    ['beyond any sensible cut', { low: 0.2, high: 5, confidence: 0.95 }, 24, 1, '75 %'],
  ])('has nothing to announce %s', (_, interval, rounds, overdispersion, reason) => {
    const found = detectableCut(interval, Array<number>(rounds).fill(0), {
      degrees: rounds - 1,
      overdispersion,
    });
    expect(found.cut).toBeUndefined();
    expect(found.reason).toContain(reason);
  });

  it('says before a run what its size can show', () => {
    expect(announceable(24, 24)).toBeCloseTo(0.176, 2);
    expect(announceable(8, 12)).toBeCloseTo(0.435, 2);
    expect(announceable(24, 24, { sigma: 0.25 })!).toBeLessThan(0.1);
    expect(announceable(5, 100)).toBeUndefined();
    // 71 requests per arm have no interval of p95, however many rounds they come in.
    expect(announceable(71, 1)).toBeUndefined();
    expect(announceable(8, 12, { sigma: 2 })).toBeUndefined();
  });
});
