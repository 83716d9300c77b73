import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import { blockBootstrap } from '../../src/stats/bootstrap.ts';
import { compareArms } from '../../src/stats/compare.ts';
import { designBlocks } from '../../src/stats/design.ts';
import { verdictOf } from '../../src/stats/verdict.ts';
import { simulatePairs } from './synthetic.ts';

describe('verdict regions', () => {
  const at = (low: number, high: number, p = 0.01) =>
    verdictOf({ interval: { low, high, confidence: 0.95 }, p, margin: 0.05 });

  it.each([
    [at(0.7, 0.9), 'better'],
    [at(0.7, 0.9, 0.2), 'not-worse'],
    [at(0.98, 1.02), 'not-worse'],
    [at(1.01, 1.03), 'not-worse'],
    [at(0.9, 1.1), 'inconclusive'],
    [at(1.02, 1.2), 'worse'],
    [at(1.02, 1.2, 0.2), 'inconclusive'],
    [verdictOf({ interval: undefined, p: 0, margin: 0.05 }), 'inconclusive'],
  ])('%s', (verdict, expected) => expect(verdict).toBe(expected));
});

describe('blockBootstrap', () => {
  const constant = [1, 2, 3, 4, 5, 6].map(() => [10, 10, 10]);

  it('gives a point interval when rounds do not differ', () => {
    const options = { percent: 95, random: createRandom(1) };
    const halved = constant.map(() => [5, 5]);
    const interval = blockBootstrap([constant, halved], ([a, b]) => b! / a!, options);
    expect(interval).toEqual({ low: 0.5, high: 0.5, confidence: 0.95 });
  });

  it('takes any statistic of any number of arms', () => {
    const options = { percent: 50, random: createRandom(1) };
    const interval = blockBootstrap(
      [constant, constant.map(() => [8]), constant.map(() => [5])],
      ([b, c, d]) => (b! - c!) / (b! - d!),
      options,
    );
    expect(interval?.low).toBe(0.4);
  });

  it('has nothing to say about five rounds or an undefined statistic', () => {
    const options = { percent: 95, random: createRandom(1) };
    expect(blockBootstrap([constant.slice(1)], ([a]) => a!, options)).toBeUndefined();
    expect(blockBootstrap([constant], () => Number.NaN, options)).toBeUndefined();
  });
});

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

describe('designBlocks', () => {
  const arms = ['A', 'B', 'C', 'D'] as const;

  it('puts every arm once into every round, in an order that varies with the seed', () => {
    const blocks = designBlocks(arms, 6, { kind: 'random-blocks', seed: 1 });
    for (let round = 0; round < 6; round++) {
      const inRound = blocks.filter((block) => block.round === round).map((block) => block.arm);
      expect(inRound.toSorted()).toEqual([...arms]);
    }
    expect(blocks.map(({ index }) => index)).toEqual([...blocks.keys()]);
    expect(blocks).toEqual(designBlocks(arms, 6, { kind: 'random-blocks', seed: 1 }));
    expect(blocks).not.toEqual(designBlocks(arms, 6, { kind: 'random-blocks', seed: 2 }));
  });

  it('starts with each arm about equally often', () => {
    const blocks = designBlocks(['A', 'B'], 400, { kind: 'random-blocks', seed: 4 });
    const firstA = blocks.filter(({ index, arm }) => index % 2 === 0 && arm === 'A').length;
    expect(Math.abs(firstA - 200)).toBeLessThan(40);
  });

  it('alternates, or goes one arm after the other', () => {
    const order = (kind: 'abba' | 'sequential') =>
      designBlocks(['A', 'B'], 2, { kind, seed: 1 })
        .map(({ arm }) => arm)
        .join('');
    expect(order('abba')).toBe('ABBA');
    expect(order('sequential')).toBe('AABB');
  });
});
