import type { RemovalReason } from '../../../src/kv/block-table.ts';

/** One batch of blocks leaving a store. */
export interface Removal {
  location: string;
  hashes: readonly number[];
  reason: RemovalReason;
  /** Key of the request that needed the room; empty for an operator's order. */
  by: string;
  atMs: number;
}

export interface RemovalRecord {
  location: string;
  reason: RemovalReason;
  by: string;
  atMs: number;
}

const BATCHES_KEPT = 4_096;

/** The last removals, so that a miss can be explained. Bounded; older ones are forgotten. */
export class EvictionLog {
  readonly #ring: Removal[] = [];
  #next = 0;

  add(removal: Removal): void {
    this.#ring[this.#next] = removal;
    this.#next = (this.#next + 1) % BATCHES_KEPT;
  }

  /** The latest removal of the block at or before `untilMs`. */
  find(location: string, hash: number, untilMs: number): RemovalRecord | undefined {
    for (let age = 1; age <= this.#ring.length; age++) {
      const removal = this.#ring[(this.#next - age + BATCHES_KEPT) % BATCHES_KEPT];
      if (!removal || removal.location !== location || removal.atMs > untilMs) continue;
      if (removal.hashes.includes(hash)) {
        return { location, reason: removal.reason, by: removal.by, atMs: removal.atMs };
      }
    }
    return undefined;
  }
}
