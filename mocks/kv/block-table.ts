import { BlockPool, type BlockRecord, WHOLE_BLOCK } from './block-pool.ts';
import { BlockIndex } from './block-index.ts';
import type { TokenChain } from './blocks.ts';

/** Why blocks left: pushed out by new ones, or asked for. */
export type RemovalReason = 'capacity' | 'evict' | 'clear';

/** Told of every change of what is findable, when it happens. */
export interface BlockCacheObserver {
  /** Blocks `first … first + count − 1` of the chain became findable. */
  onStored(chain: TokenChain, first: number, count: number): void;
  onRemoved(hashes: number[], reason: RemovalReason): void;
  /** These were the last; nothing is findable any more. */
  onCleared(hashes: number[]): void;
}

export interface BlockTableOptions {
  blocks: number;
  blockSize: number;
  /** Keep a last, partial block findable too (LMCache's `save_unfull_chunk`); default false. */
  isTailStored?: boolean;
  observer?: BlockCacheObserver;
  /** Keep no tokens of blocks: for runs that need no snapshots; default false. */
  isNameless?: boolean;
}

/** Blocks findable by hash, with who holds them and in which order they go. Mechanics, no policy. */
export class BlockTable {
  readonly blockSize: number;
  readonly pool: BlockPool;
  readonly #index: BlockIndex;
  readonly #isTailStored: boolean;
  readonly #observer: BlockCacheObserver | undefined;
  #removed: number[] = [];
  #storedTotal = 0;
  #removedTotal = 0;

  constructor(options: BlockTableOptions) {
    this.blockSize = options.blockSize;
    this.pool = new BlockPool(options.blocks, options.blockSize, options.isNameless);
    // A thousand simulated engines are seldom full, a server must not stop to grow.
    this.#index = new BlockIndex(this.pool, options.isNameless ? 0 : options.blocks);
    this.#isTailStored = options.isTailStored ?? false;
    this.#observer = options.observer;
  }

  get totals(): { stored: number; removed: number; resident: number } {
    return { stored: this.#storedTotal, removed: this.#removedTotal, resident: this.#index.size };
  }

  get bytes(): number {
    return this.pool.bytes + this.#index.bytes;
  }

  /** Slot of the findable block, or -1. */
  slotOf(hash: number): number {
    return this.#index.get(hash);
  }

  /** The same, looked for first beside the slot of the block before it: chains are laid down in one go. */
  slotBeside(near: number, hash: number): number {
    if (near > 0) {
      if (this.pool.hash(near + 1) === hash) return near + 1;
      if (this.pool.hash(near - 1) === hash) return near - 1;
    }
    return this.#index.get(hash);
  }

  /** Slot of the chain's block `index`, or -1. */
  slotAt(chain: TokenChain, index: number): number {
    return this.#index.get(this.hashAt(chain, index));
  }

  hashAt(chain: TokenChain, index: number): number {
    const isFull = !this.#isTailStored || index < chain.fullBlocks;
    return isFull ? chain.hash(index) : (chain.tailHash() ?? 0);
  }

  /** Blocks of the chain that may be findable. */
  blockCount(chain: TokenChain): number {
    return this.#isTailStored ? Math.ceil(chain.length / this.blockSize) : chain.fullBlocks;
  }

  /** How many leading blocks of the chain are findable. */
  residentCount(chain: TokenChain): number {
    const end = this.blockCount(chain);
    let count = 0;
    while (count < end && this.slotAt(chain, count) >= 0) count++;
    return count;
  }

  /** Slots of the chain's leading findable blocks. */
  residentPrefix(chain: TokenChain): number[] {
    const count = this.residentCount(chain);
    return Array.from({ length: count }, (_, index) => this.slotAt(chain, index));
  }

  residentSlots(): number[] {
    return [...this.#index.slots()];
  }

  tokensIn(slots: readonly number[]): number {
    return slots.reduce((sum, slot) => sum + this.pool.tokenCount(slot), 0);
  }

  hold(slot: number): void {
    if (this.pool.isEvictable(slot)) this.pool.unlink(slot);
    this.pool.addRef(slot, 1);
  }

  letGo(slot: number): void {
    const { pool } = this;
    if (pool.addRef(slot, -1) > 0) return;
    if (pool.hash(slot) === 0) pool.drop(slot);
    else if (pool.pins(slot) === 0) pool.link(slot);
  }

  /** A held slot, evicting as needed; the caller has made sure that it is possible. */
  take(): number {
    const { pool } = this;
    if (pool.freeWeight >= WHOLE_BLOCK) return pool.take();
    if (pool.weight(pool.oldest) === WHOLE_BLOCK) return this.#reuse(pool.oldest);
    while (pool.freeWeight < WHOLE_BLOCK) this.forget(pool.oldest);
    return pool.take();
  }

  /** What `forget` and `take` do to a whole block, without the way over the free list. */
  #reuse(slot: number): number {
    this.#leave(slot);
    this.pool.reuse(slot);
    return slot;
  }

  /** Makes the held slot findable as the chain's block `index`. */
  register(slot: number, chain: TokenChain, index: number, hash: number): void {
    this.pool.fill(slot, chain, index, hash);
    this.#index.add(slot);
    this.#storedTotal++;
  }

  /** Adds a recorded block, unused, last in eviction order; false when it is there or has no room. */
  adopt(record: BlockRecord): boolean {
    const weight = Math.round(record.weight * WHOLE_BLOCK);
    if (this.#index.get(record.hash) >= 0 || this.pool.freeWeight < weight) return false;
    const slot = this.pool.take();
    this.pool.load(slot, record);
    this.#index.add(slot);
    this.#storedTotal++;
    this.letGo(slot);
    return true;
  }

  /** Drops an evictable block; `announceRemoved` tells of it. */
  forget(slot: number): void {
    this.#leave(slot);
    this.pool.drop(slot);
  }

  /** Changes what a findable block weighs, evicting others as needed; false when that is not enough. */
  resize(slot: number, weight: number): boolean {
    const { pool } = this;
    const growth = weight - pool.weight(slot);
    while (pool.freeWeight < growth) {
      if (pool.oldest < 0 || pool.oldest === slot) return false;
      this.forget(pool.oldest);
    }
    pool.setWeight(slot, weight);
    return true;
  }

  #leave(slot: number): void {
    this.#removed.push(this.pool.hash(slot));
    this.pool.unlink(slot);
    this.#index.remove(slot);
    this.#removedTotal++;
  }

  announceStored(chain: TokenChain, first: number, end: number): void {
    if (end > first) this.#observer?.onStored(chain, first, end - first);
  }

  announceRemoved(reason: RemovalReason): void {
    if (this.#removed.length === 0) return;
    const hashes = this.#takeRemoved();
    this.#observer?.onRemoved(hashes, reason);
  }

  /** After an order to drop everything: cleared when nothing is left, else removed. */
  announceCleared(): void {
    if (this.#index.size > 0) this.announceRemoved('clear');
    else this.#observer?.onCleared(this.#takeRemoved());
  }

  #takeRemoved(): number[] {
    const hashes = this.#removed;
    this.#removed = [];
    return hashes;
  }
}
