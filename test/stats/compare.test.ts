import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareArms } from '../../src/stats/compare.ts';
import { simulatePairs } from './synthetic.ts';

describe('compareArms', () => {
  it('calls a halved latency better, and its mirror image worse', () => {
    const pairs = simulatePairs({ seed: 3, effect: 0.5, rounds: 12, perBlock: 20 });
    const comparison = compareArms(pairs, { seed: 1 });
    expect(comparison.verdict).toBe('better');
    expect(comparison.ratio).toBeGreaterThan(comparison.interval!.low);
    expect(comparison.ratio).toBeLessThan(comparison.interval!.high);
    const mirrored = pairs.map(({ base, treated }) => ({ base: treated, treated: base }));
    expect(compareArms(mirrored, { seed: 1 }).verdict).toBe('worse');
  });

  it('is the same for the same seed', () => {
    const pairs = simulatePairs({ seed: 3, effect: 0.8, rounds: 8, perBlock: 12 });
    expect(compareArms(pairs, { seed: 9 })).toEqual(compareArms(pairs, { seed: 9 }));
  });

  it('calls tightly equal arms not worse, but a small sample inconclusive', () => {
    const equal = simulatePairs({ seed: 5, effect: 1, rounds: 24, perBlock: 40, sigma: 0.05 });
    expect(compareArms(equal, { seed: 1 }).verdict).toBe('not-worse');
    const small = compareArms(simulatePairs({ seed: 5, effect: 1, rounds: 6, perBlock: 5 }), {
      seed: 1,
    });
    expect(small).toMatchObject({
      verdict: 'inconclusive',
      interval: undefined,
      reason: 'p95 is not resolved by 30 samples per arm.',
    });
  });

  it('refuses too few pairs however large they are', () => {
    const pairs = simulatePairs({ seed: 5, effect: 0.5, rounds: 5, perBlock: 100 });
    expect(compareArms(pairs, { seed: 1 }).reason).toContain('5 pairs of blocks are too few');
  });

  it('drops pairs with an empty block and says how many; no data decides nothing', () => {
    const pairs = simulatePairs({ seed: 3, effect: 0.5, rounds: 12, perBlock: 20 });
    pairs[0]!.treated = [];
    expect(compareArms(pairs, { seed: 1 })).toMatchObject({ pairs: 11, pairsDropped: 1 });
    expect(compareArms([], { seed: 1 })).toMatchObject({
      verdict: 'inconclusive',
      signFlip: { p: 1 },
    });
    expect(compareArms([{ base: [0], treated: [1] }], { seed: 1 }).ratio).toBeUndefined();
  });
});

describe('failures in an arm', () => {
  const LIMIT_MS = 60_000;
  const slowestOf = (blocks: readonly number[][]): number => {
    const all = blocks.flat().toSorted((a, b) => b - a);
    return all[Math.floor(all.length * 0.05)]!;
  };

  it('at the limit in the treated arm, left out of the base, never make it faster', () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 1e6 }),
      fc.constantFrom(0.6, 0.8, 1, 1.2),
      fc.constantFrom('base', 'treated'),
      (seed, effect, arm) => {
        const pairs = simulatePairs({ seed, effect, rounds: 10, perBlock: 16 });
        const edge = slowestOf(pairs.map((pair) => pair[arm]));
        const failed = pairs.map((pair) => ({
          ...pair,
          [arm]:
            arm === 'treated'
              ? pair.treated.map((ms) => (ms > edge ? LIMIT_MS : ms))
              : pair.base.filter((ms) => ms <= edge),
        }));
        const before = compareArms(pairs, { seed: 1 });
        const after = compareArms(failed, { seed: 1 });
        expect(after.ratio!).toBeGreaterThanOrEqual(before.ratio!);
        if (after.verdict === 'better') expect(before.verdict).toBe('better');
      },
    );
    fc.assert(property, { seed: 1, numRuns: 60 });
  });
});
