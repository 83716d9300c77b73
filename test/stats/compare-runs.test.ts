import { describe, expect, it } from 'vitest';
import { compareRuns } from '../../src/stats/compare-runs.ts';

const OPTIONS = { percent: 50, margin: 0.05, batches: 8 };
/** One value over and over, so that its median is that value and p95 is resolved. */
const blocks = (values: readonly number[]): number[][] =>
  values.map((value) => Array.from({ length: 12 }, () => value));

describe('comparing two runs', () => {
  it('is Welch’s t on the logarithms; reckoned by hand with t(0.96, 11) = 1.928 from a table', () => {
    const base = blocks([100, 104, 98, 101, 97, 103, 99, 102]);
    const head = blocks([110, 118, 121, 108, 116, 112, 119, 114]);
    const { ratio, interval, p, verdict } = compareRuns(base, head, OPTIONS);
    expect(ratio).toBeCloseTo(1.1413, 4);
    expect(interval?.low).toBeCloseTo(1.1055, 4);
    expect(interval?.high).toBeCloseTo(1.1782, 4);
    expect(p).toBeLessThan(1e-5);
    expect(verdict).toBe('worse');
    expect(compareRuns(head, base, OPTIONS).verdict).toBe('better');
  });

  it('takes neighbouring blocks together, so that a slow stretch is one event and not many', () => {
    const alternating = Array.from({ length: 24 }, (_, i) => (i % 2 === 0 ? 100 : 110));
    const stretches = Array.from({ length: 24 }, (_, i) =>
      Math.floor(i / 6) % 2 === 0 ? 100 : 110,
    );
    const width = (values: number[]): number => {
      const { interval } = compareRuns(blocks(values), blocks(values), OPTIONS);
      return interval!.high - interval!.low;
    };
    expect(width(stretches)).toBeGreaterThan(2 * width(alternating));
  });

  it('says how many requests would be enough', () => {
    const spread = [80, 125, 90, 110, 100, 130, 85, 105];
    const { enough } = compareRuns(blocks(spread), blocks(spread), OPTIONS);
    // Standard error of the difference 0.0876, t(0.96, 14) = 1.8875: 96 · (2.729 · 0.0876 / ln 1.2)².
    expect(enough).toBe(166);
  });

  it('decides nothing from too few blocks, too few samples or times that are not above 0', () => {
    const good = blocks([100, 101, 99, 100, 102, 98]);
    const reason = (head: number[][], percent = 50): string =>
      compareRuns(good, head, { ...OPTIONS, percent }).reason;
    expect(reason(good.slice(1))).toMatch(/^5 blocks are too few/);
    expect(reason(good, 99)).toBe('p99 is not resolved by 72 samples per run.');
    expect(reason([...good.slice(1), [0, 0]])).toBe('Some values are not above 0.');
    expect(compareRuns(good, good.slice(1), OPTIONS)).toMatchObject({
      verdict: 'inconclusive',
      ratio: undefined,
      interval: undefined,
    });
  });

  it('knows runs that do not vary at all', () => {
    const still = blocks([5, 5, 5, 5, 5, 5]);
    expect(compareRuns(still, still, OPTIONS)).toMatchObject({
      ratio: 1,
      p: 1,
      verdict: 'not-worse',
    });
    const slower = blocks([6, 6, 6, 6, 6, 6]);
    expect(compareRuns(still, slower, OPTIONS)).toMatchObject({ p: 0, verdict: 'worse' });
  });
});
