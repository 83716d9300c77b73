import { describe, expect, it } from 'vitest';
import { shuffled } from '../../src/base/shuffled.ts';
import { exactBinomialP } from '../../src/stats/binomial.ts';
import { clusteredShare, shareInterval } from '../../src/stats/share-interval.ts';
import { shareRise } from '../../src/stats/share-rise.ts';
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

describe('rise of a share', () => {
  const none = Array<number>(960).fill(0);

  it('is Newcombe, method 10, of independent outcomes', () => {
    const of = (hits: number, seed: number) =>
      shuffled(
        Array.from({ length: 10 }, (_, index) => Number(index < hits)),
        seed,
      );
    const { value, interval } = shareRise(of(3, 2), of(9, 3))!;
    const [was, is] = [wilsonInterval(3, 10, 0.9), wilsonInterval(9, 10, 0.9)];
    expect(value).toBeCloseTo(0.6, 12);
    expect(interval.low).toBeCloseTo(0.6 - Math.hypot(0.9 - is.low, was.high - 0.3), 9);
    expect(interval.high).toBeCloseTo(0.6 + Math.hypot(is.high - 0.9, 0.3 - was.low), 9);
  });

  it('is shown by scattered failures, not by as many in a row', () => {
    const scattered = none.map((_, index) => Number(index % 48 === 1));
    const inARow = none.map((_, index) => Number(index >= 500 && index < 520));
    expect(shareRise(none, scattered)!.interval.low).toBeGreaterThan(0);
    expect(shareRise(none, inARow)!.interval.low).toBeLessThan(0);
  });

  it('is not known of no requests', () => expect(shareRise([], [0])).toBeUndefined());
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
