import { BlockPool, WHOLE_BLOCK } from './block-pool.ts';
import type { TokenChain } from './blocks.ts';
import { HashIndex } from './hash-index.ts';
import { PinLedger } from './pins.ts';

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

export interface BlockCacheOptions {
  blocks: number;
  blockSize: number;
  /** Largest share of the blocks that may be pinned; default 0.5. */
  pinBudget?: number;
  /** Keep a last, partial block findable too (LMCache's `save_unfull_chunk`); default false. */
  isTailStored?: boolean;
  nowMs: () => number;
  observer?: BlockCacheObserver;
}

/** Blocks held by one running request. */
export interface Allocation {
  readonly chain: TokenChain;
  readonly slots: number[];
  /** Leading blocks that were found instead of taken. */
  readonly cachedBlocks: number;
  /** Of those, blocks that had to be decompressed. */
  readonly compressedBlocks: number;
  /** Leading blocks that are findable. */
  registeredBlocks: number;
}

/**
 * Prefix cache after vLLM V1 (docs/design/prefix_caching.md): full blocks under chained hashes,
 * reference counts, least-recently-released eviction with tails before heads; plus pins and
 * compressed blocks. Not in vLLM: content computed twice collapses onto the block already there.
 */
export class BlockCache {
  readonly blockSize: number;
  readonly pool: BlockPool;
  readonly #blocks: number;
  readonly #index: HashIndex;
  readonly #pins = new PinLedger();
  readonly #pinBudgetBlocks: number;
  readonly #isTailStored: boolean;
  readonly #nowMs: () => number;
  readonly #observer: BlockCacheObserver | undefined;
  #removed: number[] = [];
  #pinnedBlocks = 0;
  #storedTotal = 0;
  #removedTotal = 0;

  constructor(options: BlockCacheOptions) {
    this.blockSize = options.blockSize;
    this.pool = new BlockPool(options.blocks, options.blockSize);
    this.#blocks = options.blocks;
    this.#index = new HashIndex(options.blocks);
    this.#pinBudgetBlocks = Math.floor((options.pinBudget ?? 0.5) * options.blocks);
    this.#isTailStored = options.isTailStored ?? false;
    this.#nowMs = options.nowMs;
    this.#observer = options.observer;
  }

  /** Block counts. `stored − removed = resident` always. */
  get totals(): { stored: number; removed: number; resident: number; pinned: number } {
    return {
      stored: this.#storedTotal,
      removed: this.#removedTotal,
      resident: this.#index.size,
      pinned: this.#pinnedBlocks,
    };
  }

  /** Share of the capacity held by running requests or pins, 0 to 1. */
  get usage(): number {
    const { capacity, freeWeight, evictableWeight } = this.pool;
    return (capacity - freeWeight - evictableWeight) / capacity;
  }

  /** Bytes of the cache's own storage. */
  get bytes(): number {
    return this.pool.bytes + this.#index.bytes;
  }

  isResident(hash: number): boolean {
    return this.#index.get(hash) >= 0;
  }

  /** Leading blocks of the chain that are findable; touches nothing. */
  match(chain: TokenChain): number {
    const end = this.#blockCount(chain);
    let count = 0;
    while (count < end && this.#index.get(this.#hashAt(chain, count)) >= 0) count++;
    return count;
  }

  /** Tokens those blocks cover. */
  matchTokens(chain: TokenChain): number {
    return Math.min(this.match(chain) * this.blockSize, chain.length);
  }

  /** Blocks a chain of this length could ever get, beside blocks pinned for other prompts. */
  obtainableBlocks(chain: TokenChain): number {
    this.#expirePins();
    if (this.#pinnedBlocks === 0) return this.#blocks;
    const hits = this.match(chain);
    let pinnedHits = 0;
    for (let index = 0; index < hits; index++) {
      if (this.pool.pins[this.#slotAt(chain, index)]! > 0) pinnedHits++;
    }
    return this.#blocks - this.#pinnedBlocks + pinnedHits;
  }

  /**
   * Takes blocks for all tokens of the chain. The hit is capped so that at least one token is
   * left to compute. Undefined, and nothing changed, when too few blocks can be freed.
   */
  allocate(chain: TokenChain): Allocation | undefined {
    this.#expirePins();
    const { pool } = this;
    const cap = this.#hitCap(chain);
    const slots: number[] = [];
    let compressedBlocks = 0;
    let touchedWeight = 0;
    while (slots.length < cap) {
      const slot = this.#index.get(chain.hash(slots.length));
      if (slot < 0) break;
      slots.push(slot);
      if (pool.weights[slot] !== WHOLE_BLOCK) compressedBlocks++;
      if (pool.isEvictable(slot)) touchedWeight += pool.weights[slot]!;
    }
    const cachedBlocks = slots.length;
    const needed = Math.ceil(chain.length / this.blockSize) - cachedBlocks;
    const available = pool.freeWeight + pool.evictableWeight - touchedWeight;
    if (needed * WHOLE_BLOCK > available) return undefined;
    for (const slot of slots) this.#hold(slot);
    for (let index = 0; index < needed; index++) slots.push(this.#take());
    this.#flushRemoved('capacity');
    return { chain, slots, cachedBlocks, compressedBlocks, registeredBlocks: cachedBlocks };
  }

  /** Takes one more block when the chain has outgrown its blocks; false when none can be freed. */
  extend(allocation: Allocation): boolean {
    const needed = Math.ceil(allocation.chain.length / this.blockSize) - allocation.slots.length;
    if (needed <= 0) return true;
    const { freeWeight, evictableWeight } = this.pool;
    if (needed * WHOLE_BLOCK > freeWeight + evictableWeight) return false;
    for (let index = 0; index < needed; index++) allocation.slots.push(this.#take());
    this.#flushRemoved('capacity');
    return true;
  }

  /** Makes the full blocks among the first `tokens` tokens findable: they are computed now. */
  commit(allocation: Allocation, tokens: number): void {
    const end = Math.floor(tokens / this.blockSize);
    let runStart = allocation.registeredBlocks;
    for (let index = allocation.registeredBlocks; index < end; index++) {
      const existing = this.#index.get(allocation.chain.hash(index));
      if (existing < 0) {
        this.#register(allocation.chain, index, allocation.slots[index]!);
        continue;
      }
      this.#announce(allocation.chain, runStart, index);
      runStart = index + 1;
      this.pool.drop(allocation.slots[index]!);
      this.#hold(existing);
      allocation.slots[index] = existing;
    }
    this.#announce(allocation.chain, runStart, end);
    allocation.registeredBlocks = Math.max(allocation.registeredBlocks, end);
  }

  /** Lets go of all blocks, deepest first, so tails are evicted before heads. */
  release(allocation: Allocation): void {
    for (let index = allocation.slots.length - 1; index >= 0; index--) {
      this.#letGo(allocation.slots[index]!);
    }
    allocation.slots.length = 0;
  }

  /** Makes as much of the chain's prefix resident as fits, without holding it; returns the tokens resident. */
  store(chain: TokenChain): number {
    this.#expirePins();
    const end = this.#blockCount(chain);
    const slots: number[] = [];
    let runStart = 0;
    for (let index = 0; index < end; index++) {
      const existing = this.#slotAt(chain, index);
      if (existing >= 0) {
        this.#announce(chain, runStart, index);
        runStart = index + 1;
        this.#hold(existing);
        slots.push(existing);
        continue;
      }
      if (this.pool.freeWeight + this.pool.evictableWeight < WHOLE_BLOCK) break;
      slots.push(this.#take());
      this.#register(chain, index, slots[index]!);
    }
    this.#flushRemoved('capacity');
    this.#announce(chain, runStart, slots.length);
    for (const slot of slots.toReversed()) this.#letGo(slot);
    return Math.min(slots.length * this.blockSize, chain.length);
  }

  /** Pins the resident prefix; returns the tokens pinned: 0 when nothing is resident or over budget. */
  pin(chain: TokenChain, ttlMs = Infinity): number {
    this.#expirePins();
    const slots = this.#residentSlots(chain);
    const added = slots.filter((slot) => this.pool.pins[slot] === 0).length;
    if (this.#pinnedBlocks + added > this.#pinBudgetBlocks) return 0;
    if (slots.length > 0) this.#pins.add(slots, this.#nowMs() + ttlMs);
    for (const slot of slots) {
      if (this.pool.isEvictable(slot)) this.pool.unlink(slot);
      if (this.pool.pins[slot]!++ === 0) this.#pinnedBlocks++;
    }
    return this.#tokensIn(slots);
  }

  /** Drops every block not in use, pinned ones too when forced; returns the tokens dropped. */
  clear(isForced = false): number {
    this.#expirePins();
    if (isForced) for (const pin of this.#pins.takeAll()) this.#unpin(pin.slots);
    const dropped = this.#dropSlots([...this.pool.evictionOrder()]);
    if (this.#index.size > 0) this.#flushRemoved('clear');
    else {
      const hashes = this.#removed;
      this.#removed = [];
      this.#observer?.onCleared(hashes);
    }
    return dropped;
  }

  /** Drops unused, unpinned blocks of the resident prefix, deepest first; returns the tokens dropped. */
  evict(chain: TokenChain): number {
    this.#expirePins();
    const slots = this.#residentSlots(chain).filter((slot) => this.pool.isEvictable(slot));
    const dropped = this.#dropSlots(slots.reverse());
    this.#flushRemoved('evict');
    return dropped;
  }

  /**
   * Changes what resident blocks of the prefix occupy, in (0, 1] of a whole block; null means all
   * blocks. Growing evicts others and stops when it cannot. Returns the tokens changed.
   */
  resize(chain: TokenChain | null, weight: number): number {
    this.#expirePins();
    const target = Math.max(1, Math.round(weight * WHOLE_BLOCK));
    const changed: number[] = [];
    for (const slot of chain ? this.#residentSlots(chain) : this.residentSlots()) {
      if (this.pool.weights[slot] === target || this.pool.hashes[slot] === 0) continue;
      if (!this.#resizeSlot(slot, target)) break;
      changed.push(slot);
    }
    this.#flushRemoved('capacity');
    return this.#tokensIn(changed);
  }

  /** Slots of everything findable. */
  residentSlots(): number[] {
    const slots: number[] = [];
    this.#index.forEach((_, slot) => slots.push(slot));
    return slots;
  }

  #resizeSlot(slot: number, weight: number): boolean {
    const growth = weight - this.pool.weights[slot]!;
    while (this.pool.freeWeight < growth) {
      if (this.pool.oldest < 0 || this.pool.oldest === slot) return false;
      this.#dropSlot(this.pool.oldest);
    }
    this.pool.setWeight(slot, weight);
    return true;
  }

  #hitCap(chain: TokenChain): number {
    return Math.max(0, Math.floor((chain.length - 1) / this.blockSize));
  }

  #blockCount(chain: TokenChain): number {
    return this.#isTailStored ? Math.ceil(chain.length / this.blockSize) : chain.fullBlocks;
  }

  #hashAt(chain: TokenChain, index: number): number {
    return !this.#isTailStored || index < chain.fullBlocks
      ? chain.hash(index)
      : (chain.tailHash() ?? 0);
  }

  #slotAt(chain: TokenChain, index: number): number {
    return this.#index.get(this.#hashAt(chain, index));
  }

  #residentSlots(chain: TokenChain): number[] {
    return Array.from({ length: this.match(chain) }, (_, index) => this.#slotAt(chain, index));
  }

  #tokensIn(slots: readonly number[]): number {
    return slots.reduce((sum, slot) => sum + this.pool.tokenCounts[slot]!, 0);
  }

  #hold(slot: number): void {
    if (this.pool.isEvictable(slot)) this.pool.unlink(slot);
    this.pool.refs[slot]!++;
  }

  #letGo(slot: number): void {
    if (--this.pool.refs[slot]! > 0) return;
    if (this.pool.hashes[slot] === 0) this.pool.drop(slot);
    else if (this.pool.pins[slot] === 0) this.pool.link(slot);
  }

  /** A held slot, evicting as needed; the caller has made sure that it is possible. */
  #take(): number {
    while (this.pool.freeWeight < WHOLE_BLOCK) this.#dropSlot(this.pool.oldest);
    return this.pool.take();
  }

  /** Forgets evictable blocks; the caller announces it. */
  #dropSlots(slots: readonly number[]): number {
    const tokens = this.#tokensIn(slots);
    for (const slot of slots) this.#dropSlot(slot);
    return tokens;
  }

  #dropSlot(slot: number): void {
    const hash = this.pool.hashes[slot]!;
    this.pool.unlink(slot);
    this.#index.delete(hash);
    this.#removed.push(hash);
    this.pool.drop(slot);
    this.#removedTotal++;
  }

  #register(chain: TokenChain, index: number, slot: number): void {
    const hash = this.#hashAt(chain, index);
    this.pool.hashes[slot] = hash;
    this.pool.parents[slot] = index === 0 ? 0 : chain.hash(index - 1);
    this.pool.setTokens(slot, chain, index);
    this.#index.set(hash, slot);
    this.#storedTotal++;
  }

  #announce(chain: TokenChain, first: number, end: number): void {
    if (end > first) this.#observer?.onStored(chain, first, end - first);
  }

  #flushRemoved(reason: RemovalReason): void {
    if (this.#removed.length === 0) return;
    const hashes = this.#removed;
    this.#removed = [];
    this.#observer?.onRemoved(hashes, reason);
  }

  #expirePins(): void {
    for (const pin of this.#pins.takeExpired(this.#nowMs())) this.#unpin(pin.slots);
  }

  #unpin(slots: readonly number[]): void {
    for (const slot of slots.toReversed()) {
      if (--this.pool.pins[slot]! > 0) continue;
      this.#pinnedBlocks--;
      if (this.pool.refs[slot] === 0) this.pool.link(slot);
    }
  }
}
