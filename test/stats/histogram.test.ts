import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import { LatencyHistogram } from '../../src/stats/histogram.ts';
import { percentile, sortedCopy } from '../../src/stats/percentile.ts';

function filled(values: Iterable<number>): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.record(value);
  return histogram;
}

describe('LatencyHistogram', () => {
  const random = createRandom(11);
  const values = Array.from({ length: 5000 }, () => 50 * Math.exp(0.5 * random.normal()));

  it('stays within 0.1 % of the exact nearest rank', () => {
    const histogram = filled(values);
    for (const percent of [50, 95, 99]) {
      const exact = percentile(sortedCopy(values), percent);
      expect(Math.abs(histogram.percentile(percent)! / exact - 1)).toBeLessThan(0.001);
    }
  });

  it('merges and survives a round trip', () => {
    const left = filled(values.slice(0, 2000));
    left.merge(LatencyHistogram.decode(filled(values.slice(2000)).encode()));
    expect(left.count).toBe(5000);
    expect(left.percentile(95)).toBe(filled(values).percentile(95));
  });

  it('grows beyond its first range, keeps fractions of a millisecond', () => {
    expect(filled([3_600_000]).percentile(50)! / 3_600_000).toBeCloseTo(1, 2);
    expect(filled([0.25]).percentile(50)).toBe(0.25);
  });

  it('refuses what the library would misrecord', () => {
    const histogram = new LatencyHistogram();
    for (const bad of [Number.NaN, -1, Infinity]) {
      expect(() => histogram.record(bad)).toThrow(RangeError);
    }
    expect(histogram.percentile(50)).toBeUndefined();
  });
});
