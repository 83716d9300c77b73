import { KvcacheError } from '../../src/base/errors.ts';
import { isRecord } from '../shape.ts';
import type { EngineCore } from './core/engine-core.ts';
import { diffSnapshots, type EngineSnapshot } from './core/snapshot.ts';

/** One resident block. */
export interface BlockView {
  hash: string;
  parent: string | null;
  tokens: number;
  refs: number;
  pins: number;
  /** Place in eviction order; null while it may not be evicted. */
  evictionRank: number | null;
}

/** Every resident block of a location, in no particular order; undefined for an unknown location. */
export function viewCache(engine: EngineCore, location: string): BlockView[] | undefined {
  const cache = engine.stores.at(location);
  if (!cache) return undefined;
  const ranks = new Map([...cache.pool.evictionOrder()].map((slot, rank) => [slot, rank]));
  return cache.residentSlots().map((slot) => ({
    hash: hex(cache.pool.hash(slot)),
    parent: cache.pool.parent(slot) === 0 ? null : hex(cache.pool.parent(slot)),
    tokens: cache.pool.tokenCount(slot),
    refs: cache.pool.refs(slot),
    pins: cache.pool.pins(slot),
    evictionRank: ranks.get(slot) ?? null,
  }));
}

/**
 * Replaces the caches' content with a snapshot; returns the blocks resident per location.
 * @throws KvcacheError SNAPSHOT_INVALID, BAD_SNAPSHOT or ENGINE_BUSY (kind usage)
 */
export function restoreCache(engine: EngineCore, value: unknown): Record<string, number> {
  engine.restore(readSnapshot(value));
  const stores = engine.stores.all();
  return Object.fromEntries(stores.map(({ location, cache }) => [location, cache.totals.resident]));
}

/** Blocks that only one of the two has, per location. */
export function diffCache(
  engine: EngineCore,
  value: unknown,
): Record<string, { missing: number; extra: number; kept: number }> {
  const changes = diffSnapshots(readSnapshot(value), engine.snapshot());
  return Object.fromEntries(
    Object.entries(changes).map(([location, { added, removed, kept }]) => [
      location,
      { missing: removed.length, extra: added.length, kept },
    ]),
  );
}

function readSnapshot(value: unknown): EngineSnapshot {
  const stores = isRecord(value) ? value['stores'] : undefined;
  if (isRecord(stores) && Object.values(stores).every(isStoreSnapshot)) {
    return value as EngineSnapshot;
  }
  throw new KvcacheError({
    kind: 'usage',
    code: 'SNAPSHOT_INVALID',
    message: 'The body is not a cache snapshot.',
    remedy: 'Send what GET /__mock/snapshot answered.',
  });
}

function isStoreSnapshot(value: unknown): boolean {
  if (!isRecord(value) || !Array.isArray(value['blocks']) || !Array.isArray(value['pins'])) {
    return false;
  }
  const areBlocks = value['blocks'].every(
    (block) =>
      isRecord(block) &&
      Number.isSafeInteger(block['hash']) &&
      Array.isArray(block['tokens']) &&
      typeof block['weight'] === 'number',
  );
  const arePins = value['pins'].every((pin) => isRecord(pin) && Array.isArray(pin['hashes']));
  return Number.isInteger(value['blockSize']) && areBlocks && arePins;
}

function hex(hash: number): string {
  return hash.toString(16).padStart(14, '0');
}
