import { BlockPool, type BlockRecord, WHOLE_BLOCK } from './block-pool.ts';
import type { TokenChain } from './blocks.ts';
import { HashIndex } from './hash-index.ts';

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
}

/** Blocks findable by hash, with who holds them and in which order they go. Mechanics, no policy. */
export class BlockTable {
  readonly blockSize: number;
  readonly pool: BlockPool;
  readonly #index: HashIndex;
  readonly #isTailStored: boolean;
  readonly #observer: BlockCacheObserver | undefined;
  #removed: number[] = [];
  #storedTotal = 0;
  #removedTotal = 0;

  constructor(options: BlockTableOptions) {
    this.blockSize = options.blockSize;
    this.pool = new BlockPool(options.blocks, options.blockSize);
    this.#index = new HashIndex(options.blocks);
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
    const slots: number[] = [];
    this.#index.forEach((_, slot) => slots.push(slot));
    return slots;
  }

  tokensIn(slots: readonly number[]): number {
    return slots.reduce((sum, slot) => sum + this.pool.tokenCounts[slot]!, 0);
  }

  hold(slot: number): void {
    if (this.pool.isEvictable(slot)) this.pool.unlink(slot);
    this.pool.refs[slot]!++;
  }

  letGo(slot: number): void {
    if (--this.pool.refs[slot]! > 0) return;
    if (this.pool.hashes[slot] === 0) this.pool.drop(slot);
    else if (this.pool.pins[slot] === 0) this.pool.link(slot);
  }

  /** A held slot, evicting as needed; the caller has made sure that it is possible. */
  take(): number {
    while (this.pool.freeWeight < WHOLE_BLOCK) this.forget(this.pool.oldest);
    return this.pool.take();
  }

  /** Makes the held slot findable as the chain's block `index`. */
  register(chain: TokenChain, index: number, slot: number): void {
    const hash = this.hashAt(chain, index);
    this.pool.hashes[slot] = hash;
    this.pool.parents[slot] = index === 0 ? 0 : chain.hash(index - 1);
    this.pool.setTokens(slot, chain, index);
    this.#index.set(hash, slot);
    this.#storedTotal++;
  }

  /** Adds a recorded block, unused, last in eviction order; false when it is there or has no room. */
  adopt(record: BlockRecord): boolean {
    if (this.#index.get(record.hash) >= 0 || this.pool.freeWeight < WHOLE_BLOCK) return false;
    const slot = this.pool.take();
    this.pool.load(slot, record);
    this.#index.set(record.hash, slot);
    this.#storedTotal++;
    this.letGo(slot);
    return true;
  }

  /** Drops an evictable block; `announceRemoved` tells of it. */
  forget(slot: number): void {
    const hash = this.pool.hashes[slot]!;
    this.pool.unlink(slot);
    this.#index.delete(hash);
    this.#removed.push(hash);
    this.pool.drop(slot);
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
