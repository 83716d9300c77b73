import type { KvcacheError } from '../../../src/base/errors.ts';
import {
  type CacheDiff,
  type CacheSnapshot,
  diffCaches,
  restoreCache,
  snapshotCache,
} from '../../kv/cache-snapshot.ts';
import type { EngineStores } from './stores.ts';
import { mockError } from '../../errors.ts';

/** Content of an engine's stores as plain data, for warm starts and comparison. */
export interface EngineSnapshot {
  schema: 'kvcache.engine-snapshot/v1';
  /** By location. */
  stores: Record<string, CacheSnapshot>;
}

export function snapshotStores(stores: EngineStores, nowMs: number): EngineSnapshot {
  const snapshots = stores
    .all()
    .map(({ location, cache }) => [location, snapshotCache(cache, nowMs)]);
  return {
    schema: 'kvcache.engine-snapshot/v1',
    stores: Object.fromEntries(snapshots) as Record<string, CacheSnapshot>,
  };
}

/** Locations the snapshot does not have end up empty. When it does not fit, nothing is changed. */
export function restoreStores(stores: EngineStores, snapshot: EngineSnapshot, nowMs: number): void {
  for (const { location, cache } of stores.all()) {
    const recorded = snapshot.stores[location];
    if (!recorded || recorded.blockSize === cache.blockSize) continue;
    throw mockError('SNAPSHOT_INVALID', {
      message: `The snapshot's blocks at ${location} have another size than this engine's.`,
      remedy: 'Restore into an engine with the profile the snapshot was taken from.',
    });
  }
  for (const { location, cache } of stores.all()) {
    const recorded = snapshot.stores[location];
    cache.clear(true);
    if (!recorded) continue;
    stores.announceRestored(location, restoreCache(cache, recorded, nowMs), cache.blockSize);
  }
}

/** What changed between two snapshots, by location. */
export function diffSnapshots(
  before: EngineSnapshot,
  after: EngineSnapshot,
): Record<string, CacheDiff> {
  const locations = [...new Set([...Object.keys(before.stores), ...Object.keys(after.stores)])];
  const empty: CacheSnapshot = { blockSize: 0, blocks: [], pins: [] };
  return Object.fromEntries(
    locations.map((location) => [
      location,
      diffCaches(before.stores[location] ?? empty, after.stores[location] ?? empty),
    ]),
  );
}

export function engineBusy(engineId: string): KvcacheError {
  const message = `Engine ${engineId} has requests under way; its cache cannot be replaced.`;
  return mockError('ENGINE_BUSY', { message });
}
