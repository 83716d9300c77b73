import type { BlockCache } from '../../src/kv/block-cache.ts';
import { KvcacheError } from '../../src/base/errors.ts';
import { isRecord } from '../shape.ts';
import type { EngineCore } from './core/engine-core.ts';
import { DEVICE_LOCATION } from './core/stores.ts';

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

/** Resident prompts of one engine: enough to make another engine hold the same. */
export interface CacheSnapshot {
  engine: string;
  /** Location → longest resident token runs, least recently released first. */
  locations: Record<string, number[][]>;
}

/** Every resident block of a location, in no particular order; undefined for an unknown location. */
export function viewCache(engine: EngineCore, location: string): BlockView[] | undefined {
  const cache = engine.stores.at(location);
  if (!cache) return undefined;
  const ranks = new Map([...cache.pool.evictionOrder()].map((slot, rank) => [slot, rank]));
  return cache.residentSlots().map((slot) => ({
    hash: hex(cache.pool.hashes[slot]!),
    parent: cache.pool.parents[slot] === 0 ? null : hex(cache.pool.parents[slot]!),
    tokens: cache.pool.tokenCounts[slot]!,
    refs: cache.pool.refs[slot]!,
    pins: cache.pool.pins[slot]!,
    evictionRank: ranks.get(slot) ?? null,
  }));
}

export function snapshotCache(engine: EngineCore): CacheSnapshot {
  const locations: Record<string, number[][]> = {};
  for (const location of locationsOf(engine)) {
    locations[location] = tokenRuns(engine.stores.at(location)!);
  }
  return { engine: engine.id, locations };
}

/**
 * Replaces the caches' content. Blocks of salted or adapter requests come back under the plain
 * identity, since a snapshot knows tokens only. Returns the tokens resident per location.
 * @throws KvcacheError SNAPSHOT_INVALID (kind usage)
 */
export function restoreCache(engine: EngineCore, value: unknown): Record<string, number> {
  const snapshot = readSnapshot(value);
  const resident: Record<string, number> = {};
  for (const location of locationsOf(engine)) {
    engine.clear(location, true);
    const runs = snapshot.locations[location] ?? [];
    for (const tokens of runs) engine.store(location, tokens);
    resident[location] = engine.stores.at(location)!.totals.resident;
  }
  return resident;
}

/** Token runs that only one of the two has, per location. */
export function diffCache(
  engine: EngineCore,
  value: unknown,
): Record<string, { missing: number; extra: number }> {
  const before = readSnapshot(value).locations;
  const now = snapshotCache(engine).locations;
  const names = new Set([...Object.keys(before), ...Object.keys(now)]);
  return Object.fromEntries(
    [...names].map((name) => {
      const [then, current] = [asTexts(before[name]), asTexts(now[name])];
      const missing = [...then].filter((run) => !current.has(run)).length;
      const extra = [...current].filter((run) => !then.has(run)).length;
      return [name, { missing, extra }];
    }),
  );
}

/** The tokens of every chain that ends in a block nothing else builds on. */
function tokenRuns(cache: BlockCache): number[][] {
  const { pool } = cache;
  const slots = cache.residentSlots();
  const bySlotHash = new Map(slots.map((slot) => [pool.hashes[slot]!, slot]));
  const parents = new Set(slots.map((slot) => pool.parents[slot]!));
  const order = new Map([...pool.evictionOrder()].map((slot, rank) => [slot, rank]));
  return slots
    .filter((slot) => !parents.has(pool.hashes[slot]!))
    .sort((a, b) => (order.get(a) ?? Infinity) - (order.get(b) ?? Infinity) || a - b)
    .map((leaf) => {
      const blocks: number[][] = [];
      for (let slot: number | undefined = leaf; slot !== undefined;) {
        blocks.unshift(Array.from(pool.tokensOf(slot)));
        slot = bySlotHash.get(pool.parents[slot]!);
      }
      return blocks.flat();
    });
}

function readSnapshot(value: unknown): CacheSnapshot {
  const locations = isRecord(value) ? value['locations'] : undefined;
  const isValid =
    isRecord(locations) &&
    Object.values(locations).every(
      (runs) =>
        Array.isArray(runs) &&
        runs.every((run) => Array.isArray(run) && run.every((id) => Number.isInteger(id))),
    );
  if (isValid) return value as CacheSnapshot;
  throw new KvcacheError({
    kind: 'usage',
    code: 'SNAPSHOT_INVALID',
    message: 'The body is not a cache snapshot.',
    remedy: 'Send what GET /__mock/snapshot answered.',
  });
}

function locationsOf(engine: EngineCore): string[] {
  const { tier } = engine.profile;
  return tier ? [DEVICE_LOCATION, tier.location] : [DEVICE_LOCATION];
}

function asTexts(runs: readonly number[][] | undefined): Set<string> {
  return new Set((runs ?? []).map((run) => run.join(',')));
}

function hex(hash: number): string {
  return hash.toString(16).padStart(14, '0');
}
