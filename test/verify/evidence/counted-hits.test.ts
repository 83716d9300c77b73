import { describe, expect, it } from 'vitest';
import { countedHits, countedShare } from '../../../src/verify/evidence/counted-hits.ts';
import { blockOf, phaseOf } from '../measured.ts';

const SIZES = { hit: 1_024, miss: 16 };
const block = (...counted: (readonly [number, number])[]) =>
  blockOf('C', { primes: phaseOf(counted), measured: phaseOf(counted) });

describe('hits by the engines’ counters of tokens', () => {
  it('are what the tokens come to, the chat template taken off', () => {
    expect(countedHits(block([5, 5 * 1_024], [3, 3 * 16]), 2, SIZES)).toBe(5);
    expect(countedHits(block([4, 4 * 16], [4, 4 * 16]), 2, SIZES)).toBe(0);
    expect(countedHits(block([8, 8 * 1_024], [0, 0]), 2, SIZES)).toBe(8);
  });

  it('stay within the requests that were answered', () => {
    expect(countedHits(block([2, 9_000], [0, 0]), 2, SIZES)).toBe(2);
    expect(countedHits(block([2, 0], [2, 0]), 2, SIZES)).toBe(0);
  });

  it('are unknown without every engine’s counter, after a restart, or where a hit is no more than a miss', () => {
    expect(countedHits(block([5, 5_120]), 2, SIZES)).toBeNull();
    expect(countedHits(block([5, -5_120], [0, 0]), 2, SIZES)).toBeNull();
    expect(countedHits(block([5, 80], [0, 0]), 2, { hit: 16, miss: 16 })).toBeNull();
  });

  it('of an arm are known only if those of every block are', () => {
    const good = block([5, 5_120], [5, 5 * 16]);
    expect(countedShare([good, good], 2, SIZES)).toEqual({ hits: 10, total: 20 });
    expect(countedShare([good, block([5, 5_120])], 2, SIZES)).toBeNull();
    expect(countedShare([], 2, SIZES)).toBeNull();
  });
});
