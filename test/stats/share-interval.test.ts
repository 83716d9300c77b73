import { describe, expect, it } from 'vitest';
import { clusteredShare, shareInterval } from '../../src/stats/share-interval.ts';
import { wilsonInterval } from '../../src/stats/wilson.ts';

describe('share of requests', () => {
  it('is Wilson of independent outcomes', () => {
    const outcomes = [0, 1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0];
    const hits = outcomes.reduce((sum, outcome) => sum + outcome, 0);
    const [found, wilson] = [shareInterval(outcomes)!, wilsonInterval(hits, outcomes.length)];
    expect(found.low).toBeCloseTo(wilson.low, 12);
    expect(found.high).toBeCloseTo(wilson.high, 12);
  });

  it('counts failures in blocks as little as they tell', () => {
    const outcomes = Array.from({ length: 960 }, (_, index) => Number(index % 240 < 48));
    const [found, wilson] = [shareInterval(outcomes)!, wilsonInterval(192, 960)];
    expect(found.high - found.low).toBeGreaterThan(2 * (wilson.high - wilson.low));
    expect(found.low).toBeLessThan(0.2);
    expect(found.high).toBeGreaterThan(0.2);
  });

  it('of all or none keeps the far end open', () => {
    expect(shareInterval(new Float64Array(200))).toEqual(wilsonInterval(0, 200));
    expect(shareInterval(new Float64Array(12).fill(1))).toEqual(wilsonInterval(12, 12));
  });

  it('of tokens is never narrower than of as many yes or no', () => {
    const cached = Float64Array.from({ length: 100 }, (_, index) => 50 + (index % 3));
    const wilson = wilsonInterval(51, 100);
    const found = shareInterval(cached, new Float64Array(100).fill(100))!;
    expect(found.high - found.low).toBeCloseTo(wilson.high - wilson.low, 3);
  });

  it('of nothing is not known', () => {
    expect(shareInterval([])).toBeUndefined();
    expect(shareInterval([0, 0], [0, 0])).toBeUndefined();
  });
});

describe('share over blocks', () => {
  it('widens by what blocks share: two of ten blocks miss wholly', () => {
    const blocks = Array.from({ length: 10 }, (_, index) => ({
      hits: index < 2 ? 0 : 24,
      total: 24,
    }));
    const { value, interval } = clusteredShare(blocks);
    expect(value).toBe(0.8);
    // The ten shares have s² = 0.16 · 10/9, and t(9) stands for z: worth 6.76 trials of 240.
    const worth = 0.16 / (0.16 / 9) / (2.262157 / 1.959964) ** 2;
    expect(interval!.low).toBeCloseTo(wilsonInterval(0.8 * worth, worth).low, 5);
  });

  it('is Wilson where blocks are more alike than chance makes them', () => {
    const blocks = Array.from({ length: 8 }, () => ({ hits: 9, total: 12 }));
    expect(clusteredShare(blocks).interval).toEqual(wilsonInterval(72, 96));
  });

  it('has no interval from one block, and nothing from none', () => {
    const one = clusteredShare([
      { hits: 3, total: 4 },
      { hits: 0, total: 0 },
    ]);
    expect(one).toEqual({ value: 0.75, interval: undefined });
    expect(clusteredShare([])).toEqual({ value: undefined, interval: undefined });
  });
});
