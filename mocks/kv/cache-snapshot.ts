import type { BlockCache } from './block-cache.ts';
import type { BlockRecord } from './block-pool.ts';

/** Content of a cache as plain data. */
export interface CacheSnapshot {
  blockSize: number;
  /** First to be evicted comes first; blocks in use come last, deepest first, as if just released. */
  blocks: BlockRecord[];
  pins: { hashes: number[]; remainingMs: number | null }[];
}

export interface CacheDiff {
  added: number[];
  removed: number[];
  kept: number;
}

export function snapshotCache(cache: BlockCache, nowMs: number): CacheSnapshot {
  const { pool } = cache;
  const idle = [...pool.evictionOrder()];
  const busy = cache.residentSlots().filter((slot) => !pool.isEvictable(slot));
  const records = [...idle, ...deepestFirst(busy, pool)].map((slot) => pool.record(slot));
  const pins = cache.pins().map(({ hashes, expiresMs }) => ({
    hashes,
    remainingMs: expiresMs === Infinity ? null : expiresMs - nowMs,
  }));
  return { blockSize: cache.blockSize, blocks: records, pins };
}

/**
 * Fills an empty cache from a snapshot, most recent blocks first when it is smaller; returns the
 * records that found room, in the order they will be evicted.
 */
export function restoreCache(
  cache: BlockCache,
  snapshot: CacheSnapshot,
  nowMs: number,
): BlockRecord[] {
  let room = cache.pool.freeWeight / 1_000;
  let first = snapshot.blocks.length;
  while (first > 0 && room >= snapshot.blocks[first - 1]!.weight) {
    room -= snapshot.blocks[--first]!.weight;
  }
  const adopted = snapshot.blocks.slice(first).filter((record) => cache.adopt(record));
  for (const { hashes, remainingMs } of snapshot.pins) {
    cache.pinHashes(hashes, remainingMs === null ? Infinity : nowMs + remainingMs);
  }
  return adopted;
}

export function diffCaches(before: CacheSnapshot, after: CacheSnapshot): CacheDiff {
  const old = new Set(before.blocks.map(({ hash }) => hash));
  const now = new Set(after.blocks.map(({ hash }) => hash));
  return {
    added: [...now].filter((hash) => !old.has(hash)),
    removed: [...old].filter((hash) => !now.has(hash)),
    kept: [...now].filter((hash) => old.has(hash)).length,
  };
}

function deepestFirst(slots: readonly number[], pool: BlockCache['pool']): number[] {
  const slotOf = new Map(slots.map((slot) => [pool.hash(slot), slot]));
  const depthOf = (slot: number): number => {
    let depth = 0;
    for (let at = slotOf.get(pool.parent(slot)); at !== undefined; depth++) {
      at = slotOf.get(pool.parent(at));
    }
    return depth;
  };
  return slots
    .map((slot) => ({ slot, depth: depthOf(slot) }))
    .sort((a, b) => b.depth - a.depth || pool.hash(a.slot) - pool.hash(b.slot))
    .map(({ slot }) => slot);
}
