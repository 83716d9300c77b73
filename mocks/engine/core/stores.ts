import { BlockCache } from '../../kv/block-cache.ts';
import type { BlockCacheObserver } from '../../kv/block-table.ts';
import type { BlockRecord } from '../../kv/block-pool.ts';
import type { TokenChain } from '../../kv/blocks.ts';
import type { CacheEvent } from '../../kv/cache-events.ts';
import type { EngineProfile } from '../../profiles/profile.ts';
import type { LocatedCacheEvent } from './located-event.ts';
import { EvictionLog } from './eviction-log.ts';

/** vLLM's name for device memory in KV events. */
export const DEVICE_LOCATION = 'GPU';

export interface StoreOptions {
  engineId: string;
  profile: EngineProfile;
  nowMs: () => number;
  /**
   * Watches one location instead of the log of evictions and the cache events: in a simulation of a
   * thousand engines both, and the blocks' tokens, are what most of the memory would go to.
   */
  observe?: ((location: string) => BlockCacheObserver) | undefined;
}

/** The engine's two stores: the device's prefix cache and the optional second tier. */
export class EngineStores {
  readonly device: BlockCache;
  readonly tier: BlockCache | null;
  readonly evictions = new EvictionLog();
  /** Request on whose behalf the stores change just now; empty for operators. */
  actor = '';
  readonly #options: StoreOptions;
  readonly #listeners = new Set<(event: LocatedCacheEvent) => void>();
  #seq = 0;

  constructor(options: StoreOptions) {
    const { profile, nowMs } = options;
    this.#options = options;
    const { pinBudget } = profile;
    const isNameless = options.observe !== undefined;
    const observe = options.observe ?? ((location: string) => this.#observe(location));
    this.device = new BlockCache({
      blocks: profile.blocks,
      blockSize: profile.blockSize,
      pinBudget,
      nowMs,
      isNameless,
      observer: observe(DEVICE_LOCATION),
    });
    const { tier } = profile;
    this.tier = tier
      ? new BlockCache({
          blocks: tier.chunks,
          blockSize: tier.chunkTokens,
          isTailStored: tier.saveUnfullChunk,
          pinBudget,
          nowMs,
          isNameless,
          observer: observe(tier.location),
        })
      : null;
  }

  all(): { location: string; cache: BlockCache }[] {
    const { tier } = this.#options.profile;
    const device = { location: DEVICE_LOCATION, cache: this.device };
    return tier && this.tier ? [device, { location: tier.location, cache: this.tier }] : [device];
  }

  /** The store called `location`, or undefined. */
  at(location: string): BlockCache | undefined {
    return this.all().find((store) => store.location === location)?.cache;
  }

  /** Announces blocks that came from a snapshot. */
  announceRestored(location: string, records: readonly BlockRecord[], blockSize: number): void {
    for (const { hash, parentHash, tokens } of records) {
      this.#emit(location, { type: 'stored', hashes: [hash], parentHash, tokens, blockSize });
    }
  }

  subscribe(listener: (event: LocatedCacheEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #observe(location: string): BlockCacheObserver {
    return {
      onStored: (chain, first, count) => {
        if (this.#listeners.size > 0) this.#emit(location, storedEvent(chain, first, count));
      },
      onRemoved: (hashes, reason) => {
        this.evictions.add({
          location,
          hashes,
          reason,
          by: this.actor,
          atMs: this.#options.nowMs(),
        });
        if (this.#listeners.size > 0) this.#emit(location, { type: 'removed', hashes });
      },
      onCleared: (hashes) => {
        const atMs = this.#options.nowMs();
        this.evictions.add({ location, hashes, reason: 'clear', by: this.actor, atMs });
        this.#emit(location, { type: 'cleared' });
      },
    };
  }

  #emit(location: string, event: CacheEvent): void {
    const seq = this.#seq++;
    const { engineId, nowMs } = this.#options;
    const located = { engineId, location, seq, atMs: nowMs(), event };
    for (const listener of this.#listeners) listener(located);
  }
}

function storedEvent(chain: TokenChain, first: number, count: number): CacheEvent {
  const { blockSize, fullBlocks, tokens } = chain;
  const hashes: number[] = [];
  for (let index = first; index < first + count; index++) {
    hashes.push(index < fullBlocks ? chain.hash(index) : chain.tailHash()!);
  }
  return {
    type: 'stored',
    hashes,
    parentHash: first === 0 ? null : chain.hash(first - 1),
    tokens: Array.from(tokens.subarray(first * blockSize, (first + count) * blockSize)),
    blockSize,
    ...chain.isolation,
  };
}
