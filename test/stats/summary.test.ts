import { describe, expect, it } from 'vitest';
import { shuffled } from '../../src/base/shuffled.ts';
import { sortedCopy } from '../../src/stats/percentile.ts';
import { summarize } from '../../src/stats/summary.ts';

const oneToHundred = sortedCopy(Array.from({ length: 100 }, (_, index) => 100 - index));

describe('summarize', () => {
  it('summarises 1..100', () => {
    const summary = summarize(shuffled(Array.from(oneToHundred), 6));
    expect(summary).toMatchObject({ n: 100, mean: 50.5, min: 1, max: 100 });
    expect(summary.standardDeviation).toBeCloseTo(29.011491975882016, 10);
    expect(summary.percentiles.map(({ value }) => value)).toEqual([50, 90, 95, 99]);
    expect(summary.percentiles.map(({ resolution }) => resolution)).toEqual([
      'resolved',
      'resolved',
      'resolved',
      'not-resolved',
    ]);
  });

  it('resolves nothing of values that only ever rise: where they go nobody has seen', () => {
    const summary = summarize(oneToHundred);
    expect(summary.percentiles.map(({ interval }) => interval)).toEqual(Array(4).fill(null));
    expect(summary.percentiles[2]).toMatchObject({ value: 95, resolution: 'not-resolved' });
    expect(summary.meanInterval).toBeNull();
  });

  it('has no p95 from 12 samples and nothing at all from none', () => {
    expect(summarize(oneToHundred.subarray(0, 12)).percentiles[2]!.value).toBeNull();
    expect(summarize([])).toMatchObject({ n: 0, mean: null, max: null });
  });
});
