import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HolderIndex } from '../../../src/simulate/fleet/holder-index.ts';

const ENGINES = 70;
const BLOCKS = 6;

const change = fc.record({
  engine: fc.integer({ min: 0, max: ENGINES - 1 }).map((it) => (it % 2 === 0 ? it % 6 : it)),
  from: fc.nat(BLOCKS - 1),
  count: fc.integer({ min: 1, max: BLOCKS }),
  isAdded: fc.boolean(),
});

it('knows the holders of every block, whatever runs of blocks come and go together', () => {
  fc.assert(
    fc.property(fc.array(change, { minLength: 40, maxLength: 120 }), (changes) => {
      const index = new HolderIndex(ENGINES);
      const held = Array.from({ length: BLOCKS }, () => new Set<number>());
      for (const { engine, from, count, isAdded } of changes) {
        for (let block = from; block < Math.min(BLOCKS, from + count); block++) {
          if (isAdded) {
            index.add(block + 1, engine);
            held[block]!.add(engine);
          } else {
            index.remove(block + 1, engine);
            held[block]!.delete(engine);
          }
        }
        for (const [block, engines] of held.entries()) {
          const cell = index.cellOf(block + 1);
          const found = Array.from({ length: ENGINES }, (_, it) => it).filter(
            (it) => (index.holdersIn(cell, it >>> 5) >>> (it & 31)) & 1,
          );
          expect(found).toEqual([...engines].sort((a, b) => a - b));
        }
      }
    }),
    { numRuns: 40 },
  );
});
