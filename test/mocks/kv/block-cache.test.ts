import { describe, expect, it } from 'vitest';
import { BlockCache } from '../../../mocks/kv/block-cache.ts';
import { TokenChain } from '../../../mocks/kv/blocks.ts';
import { diffCaches, restoreCache, snapshotCache } from '../../../mocks/kv/cache-snapshot.ts';

function cacheOf(blocks: number, nowMs: () => number = () => 0): BlockCache {
  return new BlockCache({ blocks, blockSize: 4, nowMs });
}

function chain(start: number, length: number): TokenChain {
  return new TokenChain(
    Array.from({ length }, (_, index) => start + index),
    4,
    0,
  );
}

function order(cache: BlockCache): number[] {
  return [...cache.pool.evictionOrder()].map((slot) => cache.pool.hash(slot));
}

describe('compressed blocks', () => {
  it('make room for more, and cost decompression on a hit', () => {
    const cache = cacheOf(4);
    expect(cache.store(chain(0, 16))).toBe(16);
    expect(cache.resize(chain(0, 16), 0.5)).toBe(16);
    expect(cache.store(chain(100, 8))).toBe(8);
    expect(cache.totals).toMatchObject({ resident: 6, removed: 0 });
    const hit = cache.allocate(chain(0, 16));
    expect(hit).toMatchObject({ cachedBlocks: 3, compressedBlocks: 3 });
  });

  it('growing again evicts the oldest others and never itself', () => {
    const cache = cacheOf(8);
    cache.store(chain(100, 8));
    cache.store(chain(0, 16));
    cache.resize(null, 0.5);
    cache.store(chain(200, 16));
    expect(cache.totals).toMatchObject({ resident: 10, removed: 0 });
    expect(cache.resize(chain(0, 16), 1)).toBe(16);
    expect(cache.matchTokens(chain(0, 16))).toBe(16);
    expect(cache.matchTokens(chain(100, 8))).toBe(0);
    expect(cache.matchTokens(chain(200, 16))).toBe(16);
    expect(cache.pool.freeWeight).toBeGreaterThanOrEqual(0);
  });
});

describe('pins', () => {
  it('that have run out are not counted, whoever asks first', () => {
    let nowMs = 0;
    const cache = cacheOf(8, () => nowMs);
    cache.store(chain(0, 16));
    expect(cache.pin(chain(0, 16), 100)).toBe(16);
    expect([cache.totals.pinned, cache.usage]).toEqual([4, 0.5]);
    nowMs = 101;
    expect(cache.usage).toBe(0);
    expect(cache.totals.pinned).toBe(0);
    expect([...cache.pool.evictionOrder()]).toHaveLength(4);
  });

  it('are refused beyond the budget and end with their lease', () => {
    let nowMs = 0;
    const cache = cacheOf(8, () => nowMs);
    cache.store(chain(0, 32));
    expect(cache.pin(chain(0, 20))).toBe(0);
    expect(cache.pin(chain(0, 16), 100)).toBe(16);
    expect(cache.pin(chain(500, 16))).toBe(0);
    cache.store(chain(900, 32));
    expect(cache.matchTokens(chain(0, 16))).toBe(16);
    nowMs = 100;
    cache.store(chain(700, 32));
    expect(cache.matchTokens(chain(0, 16))).toBe(0);
  });

  it('leave less for others to obtain', () => {
    const cache = cacheOf(8);
    cache.store(chain(0, 16));
    cache.pin(chain(0, 16));
    expect(cache.obtainableBlocks(chain(0, 16))).toBe(8);
    expect(cache.obtainableBlocks(chain(90, 16))).toBe(4);
  });
});

describe('snapshot', () => {
  it('restores content, eviction order, weights and pins', () => {
    const cache = cacheOf(8);
    cache.store(chain(0, 12));
    cache.store(chain(100, 8));
    cache.resize(chain(100, 8), 0.5);
    cache.pin(chain(0, 4), 50);
    const snapshot = JSON.parse(JSON.stringify(snapshotCache(cache, 10))) as ReturnType<
      typeof snapshotCache
    >;
    const copy = cacheOf(8, () => 1_000);
    expect(restoreCache(copy, snapshot, 1_000)).toHaveLength(5);
    expect(order(copy)).toEqual(order(cache));
    expect(snapshotCache(copy, 1_000)).toEqual(snapshot);
    expect(diffCaches(snapshot, snapshotCache(copy, 1_000))).toEqual({
      added: [],
      removed: [],
      kept: 5,
    });
  });

  it('fits compressed blocks into what is left of a full cache', () => {
    const cache = cacheOf(2);
    for (const [start, weight] of [
      [0, 0.3],
      [100, 0.3],
      [200, 0.4],
      [300, 0.7],
    ] as const) {
      cache.store(chain(start, 4));
      cache.resize(chain(start, 4), weight);
    }
    cache.resize(chain(200, 4), 0.6);
    const snapshot = snapshotCache(cache, 0);
    expect(snapshot.blocks.map(({ weight }) => weight)).toEqual([0.3, 0.3, 0.6, 0.7]);
    expect(restoreCache(cacheOf(2), snapshot, 0)).toHaveLength(4);
  });

  it('keeps the most recent blocks when the new cache is smaller, and names the difference', () => {
    const cache = cacheOf(8);
    cache.store(chain(0, 12));
    cache.store(chain(100, 12));
    const before = snapshotCache(cache, 0);
    const small = cacheOf(3);
    restoreCache(small, before, 0);
    expect(small.matchTokens(chain(100, 12))).toBe(12);
    const diff = diffCaches(before, snapshotCache(small, 0));
    expect([diff.removed.length, diff.added.length, diff.kept]).toEqual([3, 0, 3]);
  });

  it('takes blocks in use as if just released', () => {
    const cache = cacheOf(8);
    const held = cache.allocate(chain(0, 13))!;
    cache.commit(held, 13);
    const snapshot = snapshotCache(cache, 0);
    cache.release(held);
    expect(snapshot.blocks.map(({ hash }) => hash)).toEqual(order(cache));
  });
});
