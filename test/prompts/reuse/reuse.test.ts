import { describe, expect, it } from 'vitest';
import { BlockCache } from '../../../mocks/kv/block-cache.ts';
import { chainSeed, TokenChain } from '../../../mocks/kv/blocks.ts';
import { createRandom, type Random } from '../../../src/base/random.ts';
import { Reuse } from '../../../src/prompts/reuse/reuse.ts';

const BLOCK = 4;
const FILES = 1_000;

/** Prompts that go on from each other, begin alike, repeat, or share nothing, of two tenants. */
function generated(random: Random): { ids: Uint32Array; root: string }[] {
  const prompts: { ids: Uint32Array; root: string }[] = [];
  const count = 3 + random.int(14);
  const isUneven = random.next() < 0.5;
  for (let index = 0; index < count; index++) {
    const before = prompts[random.int(prompts.length)]?.ids ?? new Uint32Array();
    const kept = [...before.subarray(0, random.int(before.length + 1))];
    const added = Array.from({ length: 1 + random.int(12) }, () => random.int(3));
    const ids = random.next() < 0.1 && before.length > 0 ? [...before] : [...kept, ...added];
    if (isUneven && ids.length % BLOCK === 0) ids.push(7);
    prompts.push({ ids: Uint32Array.from(ids), root: random.next() < 0.8 ? 'a' : 'b' });
  }
  return prompts;
}

/** Tokens that a cache of so many blocks gives, by the definition: the chain of blocks as text, and a list. */
function naive(prompts: ReturnType<typeof generated>, blockSize: number, capacity: number): number {
  let cache: string[] = [];
  let hits = 0;
  for (const { ids, root } of prompts) {
    const blocks = Array.from(
      { length: Math.floor(ids.length / blockSize) },
      (_, at) => `${root}:${ids.subarray(0, (at + 1) * blockSize).join(',')}`,
    );
    const countable = Math.floor((ids.length - 1) / blockSize);
    let index = 0;
    while (index < countable && cache.includes(blocks[index]!)) index++;
    hits += index * blockSize;
    cache = [...blocks, ...cache.filter((it) => !blocks.includes(it))].slice(0, capacity);
  }
  return hits;
}

function reuseOf(prompts: ReturnType<typeof generated>): Reuse {
  const reuse = new Reuse({ unit: 1, blockSize: BLOCK });
  for (const { ids, root } of prompts) reuse.add(ids, ids.length, { root, labelAt: () => '' });
  return reuse;
}

/** What the curve says of a size: the largest of its points that is no larger. */
function hitsAt({ points }: ReturnType<Reuse['curve']>, blocks: number, tokens: number): number {
  const point = points.findLast((it) => it.blocks <= blocks);
  return Math.round((point?.share ?? 0) * tokens);
}

const sum = (prompts: ReturnType<typeof generated>): number =>
  prompts.reduce((total, { ids }) => total + ids.length, 0);

describe('reuse of prompts', () => {
  it(`is that of the definition, at every cache size, in ${FILES} generated files`, () => {
    for (let seed = 0; seed < FILES; seed++) {
      const prompts = generated(createRandom(seed));
      const reuse = reuseOf(prompts);
      const shares = Object.fromEntries(
        reuse.shares().map((it) => [String(it.blockSize), it.reusableTokens]),
      );
      expect(shares, `seed ${seed}`).toEqual({
        null: naive(prompts, 1, Infinity),
        4: naive(prompts, 4, Infinity),
        16: naive(prompts, 16, Infinity),
        64: 0,
        128: 0,
        256: 0,
      });
      const curve = reuse.curve();
      const sizes = [1, 2, 3, 5, 8, 13, 21];
      expect(
        sizes.map((it) => hitsAt(curve, it, sum(prompts))),
        `seed ${seed}`,
      ).toEqual(sizes.map((it) => naive(prompts, BLOCK, it)));
    }
  });

  it('is what the cache of the mock engine gives, which needs a block more for a prompt’s end', () => {
    let compared = 0;
    for (let seed = 0; seed < FILES; seed++) {
      const prompts = generated(createRandom(seed));
      const longest = Math.max(...prompts.map(({ ids }) => Math.floor(ids.length / BLOCK)));
      const isUneven = prompts.every(({ ids }) => ids.length % BLOCK !== 0);
      const curve = reuseOf(prompts).curve();
      for (const blocks of isUneven ? [longest, longest + 2, 500] : [500]) {
        const cache = new BlockCache({ blocks: blocks + 1, blockSize: BLOCK, nowMs: () => 0 });
        const hits = prompts.map(({ ids, root }) => {
          const chain = new TokenChain(ids, BLOCK, chainSeed({ cacheSalt: root }));
          const allocation = cache.allocate(chain)!;
          const { cachedBlocks } = allocation;
          cache.commit(allocation, chain.length);
          cache.release(allocation);
          return cachedBlocks * BLOCK;
        });
        const total = hits.reduce((all, it) => all + it, 0);
        expect(hitsAt(curve, blocks, sum(prompts)), `seed ${seed}, ${blocks} blocks`).toBe(total);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(FILES);
  });
});
