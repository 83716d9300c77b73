import { WHOLE_BLOCK } from '../kv/block-pool.ts';
import { isRecord } from '../../src/base/json.ts';
import type { EngineCore } from './core/engine-core.ts';
import { hashText } from './kv-events/wire-hash.ts';
import { diffSnapshots, type EngineSnapshot } from './core/snapshot.ts';
import { mockError } from '../errors.ts';

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
    hash: hashText(cache.pool.hash(slot)),
    parent: cache.pool.parent(slot) === 0 ? null : hashText(cache.pool.parent(slot)),
    tokens: cache.pool.tokenCount(slot),
    refs: cache.pool.refs(slot),
    pins: cache.pool.pins(slot),
    evictionRank: ranks.get(slot) ?? null,
  }));
}

/**
 * Replaces the caches' content with a snapshot; returns the blocks resident per location.
 * @throws KvcacheError SNAPSHOT_INVALID or ENGINE_BUSY (kind usage)
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
  const { schema, stores } = isRecord(value) ? value : {};
  const isSnapshot = schema === 'kvcache.engine-snapshot/v1' && isRecord(stores);
  if (isSnapshot && Object.values(stores).every(isStoreSnapshot)) {
    return value as EngineSnapshot;
  }
  throw mockError('SNAPSHOT_INVALID', {
    message: 'The body is not a cache snapshot.',
    remedy: 'Send what GET /__mock/snapshot answered.',
  });
}

function isStoreSnapshot(value: unknown): boolean {
  const { blockSize, blocks, pins } = isRecord(value) ? value : {};
  if (!Array.isArray(blocks) || !Array.isArray(pins)) return false;
  return (
    Number.isInteger(blockSize) &&
    blocks.every((block) => isBlock(block, blockSize as number)) &&
    pins.every(isPin)
  );
}

/** The pool trusts what it is given: a block too long would spill into the next. */
function isBlock(value: unknown, blockSize: number): boolean {
  const { hash, parentHash, tokens, weight } = isRecord(value) ? value : {};
  return (
    isHash(hash) &&
    (parentHash === null || isHash(parentHash)) &&
    Array.isArray(tokens) &&
    tokens.length > 0 &&
    tokens.length <= blockSize &&
    tokens.every((token) => Number.isInteger(token) && token >= 0 && token <= 0xffff_ffff) &&
    typeof weight === 'number' &&
    weight * WHOLE_BLOCK >= 1 &&
    weight <= 1
  );
}

function isPin(value: unknown): boolean {
  const { hashes, remainingMs } = isRecord(value) ? value : {};
  const isLease = remainingMs === null || Number.isFinite(remainingMs);
  return Array.isArray(hashes) && hashes.every(isHash) && isLease;
}

function isHash(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) > 0;
}
