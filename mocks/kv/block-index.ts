import type { BlockPool } from './block-pool.ts';

const NONE = -1;

/**
 * Findable slots of a pool by their hash. A bucket's slots are chained through the pool itself, so
 * a lookup touches one integer here and then the slot, and a removal moves nothing.
 */
export class BlockIndex {
  readonly #pool: BlockPool;
  /** First slot of each bucket. */
  #heads: Int32Array;
  #mask: number;
  #size = 0;

  /** @param blocks there is room for from the beginning; with more it grows */
  constructor(pool: BlockPool, blocks: number) {
    let buckets = 16;
    while (buckets < 2 * blocks) buckets *= 2;
    this.#pool = pool;
    this.#heads = new Int32Array(buckets).fill(NONE);
    this.#mask = buckets - 1;
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#heads.byteLength;
  }

  /** The slot whose block has this hash, or -1. */
  get(hash: number): number {
    const pool = this.#pool;
    let slot = this.#heads[this.#bucketOf(hash)]!;
    while (slot !== NONE && pool.hash(slot) !== hash) slot = pool.chained(slot);
    return slot;
  }

  /** Adds a slot whose hash is set and not yet here. */
  add(slot: number): void {
    if (this.#size >= this.#heads.length) this.#grow();
    const bucket = this.#bucketOf(this.#pool.hash(slot));
    this.#pool.setChained(slot, this.#heads[bucket]!);
    this.#heads[bucket] = slot;
    this.#size++;
  }

  /** Takes out a slot that is here. */
  remove(slot: number): void {
    const pool = this.#pool;
    const bucket = this.#bucketOf(pool.hash(slot));
    const next = pool.chained(slot);
    let before = this.#heads[bucket]!;
    if (before === slot) this.#heads[bucket] = next;
    else {
      while (pool.chained(before) !== slot) before = pool.chained(before);
      pool.setChained(before, next);
    }
    this.#size--;
  }

  /** Every findable slot, in no particular order. */
  *slots(): Generator<number> {
    for (const head of this.#heads) {
      for (let slot = head; slot !== NONE; slot = this.#pool.chained(slot)) yield slot;
    }
  }

  #grow(): void {
    const slots = [...this.slots()];
    this.#heads = new Int32Array(2 * this.#heads.length).fill(NONE);
    this.#mask = this.#heads.length - 1;
    this.#size = 0;
    for (const slot of slots) this.add(slot);
  }

  /** The low 32 bits of a hash are already avalanched. */
  #bucketOf(hash: number): number {
    return (hash | 0) & this.#mask;
  }
}
