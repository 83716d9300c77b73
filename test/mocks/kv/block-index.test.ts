import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlockIndex } from '../../../mocks/kv/block-index.ts';
import { BlockPool } from '../../../mocks/kv/block-pool.ts';
import { TokenChain } from '../../../mocks/kv/blocks.ts';

describe('the block index', () => {
  it('finds exactly what was added and not removed, whatever shares a bucket', () => {
    const change = fc.record({ slot: fc.nat(39), isAdded: fc.boolean() });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
        const pool = new BlockPool(40, 1);
        const index = new BlockIndex(pool, 1);
        const chain = new TokenChain([1], 1, 0);
        const hashes = new Map<number, number>();
        // Multiples of 16 all fall into the same of the 16 buckets.
        const slots = Array.from({ length: 40 }, (_, number) => {
          const slot = pool.take();
          pool.fill(slot, chain, 0, number % 2 === 0 ? 16 * (number + 1) : number * 7_919);
          return slot;
        });
        for (const { slot: number, isAdded } of changes) {
          const slot = slots[number]!;
          if (isAdded === hashes.has(slot)) continue;
          if (isAdded) {
            index.add(slot);
            hashes.set(slot, pool.hash(slot));
          } else {
            index.remove(slot);
            hashes.delete(slot);
          }
        }
        expect(index.size).toBe(hashes.size);
        expect(new Set(index.slots())).toEqual(new Set(hashes.keys()));
        for (const slot of slots) {
          expect(index.get(pool.hash(slot))).toBe(hashes.has(slot) ? slot : -1);
        }
      }),
    );
  });
});
