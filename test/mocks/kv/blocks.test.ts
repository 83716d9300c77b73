import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chainSeed, TokenChain } from '../../../mocks/kv/blocks.ts';

const tokens = fc.array(fc.integer({ min: 0, max: 2 ** 31 - 1 }), { maxLength: 60 });

function hashes(chain: TokenChain): number[] {
  return Array.from({ length: chain.fullBlocks }, (_, index) => chain.hash(index));
}

describe('token chain', () => {
  it('hashes the same however the tokens came in', () => {
    fc.assert(
      fc.property(tokens, fc.nat(60), fc.integer({ min: 1, max: 9 }), (all, cut, size) => {
        const whole = new TokenChain(all, size, 3);
        const grown = new TokenChain(all.slice(0, cut), size, 3);
        hashes(grown);
        grown.append(all, cut, Math.max(0, all.length - cut));
        expect(hashes(grown)).toEqual(hashes(whole));
        expect(Array.from(grown.tokens)).toEqual(all);
        expect(grown.tailHash()).toBe(whole.tailHash());
      }),
    );
  });

  it('a change of any token changes its block and all after it, and none before', () => {
    fc.assert(
      fc.property(tokens, fc.nat(), (all, place) => {
        fc.pre(all.length >= 4);
        const changed = all.with(place % all.length, all[place % all.length]! ^ 1);
        const [before, after] = [all, changed].map((list) => hashes(new TokenChain(list, 4, 0)));
        const block = Math.floor((place % all.length) / 4);
        before!.forEach((hash, index) => expect(hash === after![index]).toBe(index < block));
      }),
    );
  });

  it('gives positive integers below 2^53, distinct over a million blocks', () => {
    const seen = new Set<number>();
    const chain = new TokenChain(
      Uint32Array.from({ length: 1_000_000 }, (_, i) => i % 7),
      1,
      0,
    );
    for (let index = 0; index < 1_000_000; index++) {
      const hash = chain.hash(index);
      if (!Number.isSafeInteger(hash) || hash <= 0) throw new Error(`bad hash ${hash}`);
      seen.add(hash);
    }
    expect(seen.size).toBe(1_000_000);
  });

  it('seeds differ with every part of the identity', () => {
    const seeds = [
      chainSeed({}),
      chainSeed({ model: 'm' }),
      chainSeed({ loraName: 'm' }),
      chainSeed({ cacheSalt: 'm' }),
      chainSeed({ hashSeed: 1 }),
    ];
    expect(new Set(seeds).size).toBe(5);
  });

  it('a partial block is not a full one of the same tokens', () => {
    const tail = new TokenChain([1, 2, 3], 4, 0).tailHash();
    expect(tail).not.toBe(new TokenChain([1, 2, 3], 3, 0).hash(0));
    expect(new TokenChain([1, 2, 3, 4], 4, 0).tailHash()).toBeNull();
  });
});
