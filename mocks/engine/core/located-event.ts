import type { CacheEvent } from '../../kv/cache-events.ts';

/** A store event of one location (`GPU`, or the second tier's), as controllers and KV-event streams need it. */
export interface LocatedCacheEvent {
  engineId: string;
  location: string;
  /** Rises by one per event of this engine. */
  seq: number;
  atMs: number;
  event: CacheEvent;
}
