import type { CacheEvent } from '../../kv/cache-events.ts';
import type { TokenIds } from '../../kv/token-ids.ts';
import type { EngineProfile } from '../../profiles/profile.ts';
import type { EngineCounters } from './counters.ts';
import type { EngineRequest, RequestHandle, RequestListener, RequestRejection } from './request.ts';

/** A store event of one location (`GPU`, or the second tier's), as controllers and KV-event streams need it. */
export interface LocatedCacheEvent {
  engineId: string;
  location: string;
  /** Rises by one per event of this engine. */
  seq: number;
  atMs: number;
  event: CacheEvent;
}

/**
 * A modelled inference engine: requests in, tokens and cache events out, on the clock it was given.
 * No I/O; the same object serves HTTP and runs in virtual time.
 */
export interface Engine {
  readonly id: string;
  readonly profile: EngineProfile;
  readonly counters: EngineCounters;
  submit(request: EngineRequest, listener?: RequestListener): RequestHandle | RequestRejection;
  /** Frees the request's place and blocks at once. Does nothing when it has finished. */
  abort(handle: RequestHandle): void;
  /** Calls back for every cache event from now on; the returned function unsubscribes. */
  onCacheEvent(listener: (event: LocatedCacheEvent) => void): () => void;
  /** Pins the resident prefix; returns the tokens pinned, 0 when over budget or nothing is resident. */
  pin(location: string, tokens: TokenIds, ttlMs?: number): number;
  /** Ends the pins on the resident prefix; returns the tokens no longer pinned. */
  unpin(location: string, tokens: TokenIds): number;
  /** Drops everything not in use (with `force`: pinned blocks too); returns the tokens dropped. */
  clear(location: string, force?: boolean): number;
  /** Shrinks the resident prefix to `weight` of its size; empty `tokens` means everything. Returns tokens affected. */
  compress(location: string, tokens: TokenIds, weight?: number): number;
  decompress(location: string, tokens: TokenIds): number;
  /** Drops unused, unpinned blocks of the prefix, deepest first; returns tokens dropped. */
  evict(location: string, tokens: TokenIds): number;
  /** Makes the prefix resident without a request (the target of a move); returns tokens stored. */
  store(location: string, tokens: TokenIds): number;
  /** Tokens of the prefix resident at the location, without touching it. */
  resident(location: string, tokens: TokenIds): number;
  /** vLLM's `/reset_prefix_cache`: false when blocks are in use, and nothing is reset then. */
  resetPrefixCache(): boolean;
  /** Refuses and aborts everything until `restart`; the cache survives only with `keepCache`. */
  crash(keepCache: boolean): void;
  restart(): void;
}
