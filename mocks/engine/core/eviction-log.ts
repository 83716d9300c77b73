import type { RemovalReason } from '../../kv/block-table.ts';

/** One batch of blocks leaving a store. */
export interface Removal {
  location: string;
  hashes: readonly number[];
  reason: RemovalReason;
  /** Key of the request that needed the room; empty for an operator's order. */
  by: string;
  atMs: number;
}

export type RemovalRecord = Omit<Removal, 'hashes'>;

const BATCHES_KEPT = 4_096;
/** Hashes kept over all batches: 512 KB. */
const HASHES_KEPT = 65_536;

interface Batch extends RemovalRecord {
  /** Its hashes are numbers `first … end − 1` of all hashes ever added. */
  first: number;
  end: number;
}

/**
 * The last removals, so that a miss can be explained. Bounded; older ones are forgotten. Hashes lie
 * in one typed array: thousands of small arrays would keep the garbage collector busy for nothing.
 */
export class EvictionLog {
  readonly #batches: Batch[] = [];
  #hashes: Float64Array | undefined;
  #next = 0;
  #added = 0;

  add({ location, hashes, reason, by, atMs }: Removal): void {
    const ring = (this.#hashes ??= new Float64Array(HASHES_KEPT));
    const first = this.#added;
    for (let index = 0; index < hashes.length; index++) {
      ring[(first + index) % HASHES_KEPT] = hashes[index]!;
    }
    this.#added += hashes.length;
    // Written over in place, so that the garbage collector has nothing to do.
    const batch = (this.#batches[this.#next] ??= {} as Batch);
    batch.location = location;
    batch.reason = reason;
    batch.by = by;
    batch.atMs = atMs;
    batch.first = first;
    batch.end = this.#added;
    this.#next = (this.#next + 1) % BATCHES_KEPT;
  }

  /** The latest removal of the block at or before `untilMs`. */
  find(location: string, hash: number, untilMs: number): RemovalRecord | undefined {
    for (let age = 1; age <= this.#batches.length; age++) {
      const batch = this.#batches[(this.#next - age + BATCHES_KEPT) % BATCHES_KEPT];
      if (!batch || batch.location !== location || batch.atMs > untilMs) continue;
      if (this.#has(batch, hash)) {
        const { reason, by, atMs } = batch;
        return { location, reason, by, atMs };
      }
    }
    return undefined;
  }

  #has({ first, end }: Batch, hash: number): boolean {
    const oldest = Math.max(first, this.#added - HASHES_KEPT);
    for (let number = oldest; number < end; number++) {
      if (this.#hashes![number % HASHES_KEPT] === hash) return true;
    }
    return false;
  }
}
