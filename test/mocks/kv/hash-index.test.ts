import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HashIndex } from '../../../mocks/kv/hash-index.ts';

describe('hash index', () => {
  it('behaves as a Map through any history, crowded cells included', () => {
    // Keys that share their low bits share a home cell.
    const hash = fc.integer({ min: 1, max: 24 }).map((n) => (n % 5) * 2 ** 32 + (n % 7) + 1);
    const change = fc.record({ isSet: fc.boolean(), hash, slot: fc.integer({ min: -9, max: 9 }) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 120 }), (changes) => {
        const index = new HashIndex();
        const map = new Map<number, number>();
        for (const { isSet, hash: key, slot } of changes) {
          if (isSet) {
            index.set(key, slot);
            map.set(key, slot);
          } else expect(index.delete(key)).toBe(map.delete(key));
          expect(index.size).toBe(map.size);
        }
        for (const [key, slot] of map) expect(index.get(key)).toBe(slot);
        const seen = new Map<number, number>();
        index.forEach((key, slot) => seen.set(key, slot));
        expect(seen).toEqual(map);
      }),
      { numRuns: 500 },
    );
  });

  it('says -1 for what it does not hold, and forgets on clear', () => {
    const index = new HashIndex();
    index.set(5, 1);
    expect(index.get(6)).toBe(-1);
    index.clear();
    expect([index.get(5), index.size]).toEqual([-1, 0]);
  });
});
