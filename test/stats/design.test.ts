import { describe, expect, it } from 'vitest';
import { DEFAULT_SIZE, designBlocks } from '../../src/stats/design.ts';
import { calibrate } from './calibrate.ts';

const size = { rounds: DEFAULT_SIZE.rounds, perBlock: DEFAULT_SIZE.requestsPerBlock };

// The short version: bounds are those of the long one, widened for 60 runs by two standard errors.
describe('calibration in short', () => {
  it('claims next to nothing between identical arms under correlated noise', () => {
    const found = calibrate({ ...size, effect: 1, disturbance: 'correlated' }, 60);
    expect(found.better + found.worse).toBeLessThanOrEqual(0.05 + 0.056);
    expect(found.coverage).toBeGreaterThanOrEqual(0.87);
  });

  it('finds a 20 % lower p95', () => {
    const found = calibrate({ ...size, effect: 0.8 }, 60);
    expect(found.better).toBeGreaterThanOrEqual(0.8 - 0.1);
    expect(found.worse).toBe(0);
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
