import { type BlockPool, type BlockRecord, WHOLE_BLOCK } from './block-pool.ts';
import { BlockTable, type BlockTableOptions } from './block-table.ts';
import type { TokenChain } from './blocks.ts';
import { numbersFor } from './numbers-for.ts';
import { Pins } from './pins.ts';

/** Blocks that an answer may take before the list of them has to grow. */
const SPARE_BLOCKS = 8;

export interface BlockCacheOptions extends BlockTableOptions {
  /** Largest share of the blocks that may be pinned; default 0.5. */
  pinBudget?: number;
  nowMs: () => number;
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
  /** vLLM's `--no-enable-prefix-caching`: blocks are taken and let go, nothing is found and nothing kept. */
  isOff = false;
  readonly #table: BlockTable;
  readonly #pins: Pins;
  readonly #blocks: number;
  readonly #pinBudgetBlocks: number;
  readonly #nowMs: () => number;

  constructor(options: BlockCacheOptions) {
    this.#table = new BlockTable(options);
    this.#pins = new Pins(this.#table);
    this.blockSize = options.blockSize;
    this.#blocks = options.blocks;
    this.#pinBudgetBlocks = Math.floor((options.pinBudget ?? 0.5) * options.blocks);
    this.#nowMs = options.nowMs;
  }

  /** Read only, for those who look at single blocks. */
  get pool(): BlockPool {
    this.#expirePins();
    return this.#table.pool;
  }

  /** Block counts. `stored − removed = resident` always. */
  get totals(): { stored: number; removed: number; resident: number; pinned: number } {
    this.#expirePins();
    return { ...this.#table.totals, pinned: this.#pins.pinnedBlocks };
  }

  /** Share of the capacity held by running requests or pins, 0 to 1. */
  get usage(): number {
    this.#expirePins();
    const { capacity, freeWeight, evictableWeight } = this.#table.pool;
    return (capacity - freeWeight - evictableWeight) / capacity;
  }

  /** Bytes of the cache's own storage. */
  get bytes(): number {
    return this.#table.bytes;
  }

  isResident(hash: number): boolean {
    return this.#table.slotOf(hash) >= 0;
  }

  /** Leading blocks of the chain that are findable; touches nothing. */
  match(chain: TokenChain): number {
    return this.#table.residentCount(chain);
  }

  /** Tokens those blocks cover. */
  matchTokens(chain: TokenChain): number {
    return Math.min(this.match(chain) * this.blockSize, chain.length);
  }

  /** Slots of everything findable. */
  residentSlots(): number[] {
    return this.#table.residentSlots();
  }

  /** Blocks a chain of this length could ever get, beside blocks pinned for other prompts. */
  obtainableBlocks(chain: TokenChain): number {
    this.#expirePins();
    const { pinnedBlocks } = this.#pins;
    if (pinnedBlocks === 0) return this.#blocks;
    const hits = this.#table.residentPrefix(chain);
    return this.#blocks - pinnedBlocks + hits.length - this.#pins.countUnpinned(hits);
  }

  /**
   * Takes blocks for all tokens of the chain. The hit is capped so that at least one token is
   * left to compute. Undefined, and nothing changed, when too few blocks can be freed.
   */
  allocate(chain: TokenChain): Allocation | undefined {
    this.#expirePins();
    const table = this.#table;
    const { pool } = table;
    const cap = this.isOff ? 0 : Math.max(0, Math.floor((chain.length - 1) / this.blockSize));
    const blocks = Math.ceil(chain.length / this.blockSize);
    const slots = numbersFor(blocks, SPARE_BLOCKS);
    let cachedBlocks = 0;
    let compressedBlocks = 0;
    let touchedWeight = 0;
    for (let slot = -1; cachedBlocks < cap;) {
      slot = table.slotBeside(slot, chain.hash(cachedBlocks));
      if (slot < 0) break;
      slots[cachedBlocks++] = slot;
      if (pool.weight(slot) !== WHOLE_BLOCK) compressedBlocks++;
      if (pool.isEvictable(slot)) touchedWeight += pool.weight(slot);
    }
    const available = pool.freeWeight + pool.evictableWeight - touchedWeight;
    if ((blocks - cachedBlocks) * WHOLE_BLOCK > available) return undefined;
    for (let index = 0; index < cachedBlocks; index++) table.hold(slots[index]!);
    for (let index = cachedBlocks; index < blocks; index++) slots[index] = table.take();
    this.#table.announceRemoved('capacity');
    return { chain, slots, cachedBlocks, compressedBlocks, registeredBlocks: cachedBlocks };
  }

  /** Tokens the chain could grow to on its own blocks and those that can be freed. */
  room({ slots }: Allocation): number {
    const { freeWeight, evictableWeight } = this.#table.pool;
    return (
      (slots.length + Math.floor((freeWeight + evictableWeight) / WHOLE_BLOCK)) * this.blockSize
    );
  }

  /** Takes one more block when the chain has outgrown its blocks; false when none can be freed. */
  extend(allocation: Allocation): boolean {
    const { chain, slots } = allocation;
    const needed = Math.ceil(chain.length / this.blockSize);
    if (needed <= slots.length) return true;
    if (chain.length > this.room(allocation)) return false;
    while (slots.length < needed) slots.push(this.#table.take());
    this.#table.announceRemoved('capacity');
    return true;
  }

  /** Makes the full blocks among the first `tokens` tokens findable: they are computed now. */
  commit(allocation: Allocation, tokens: number): void {
    if (this.isOff) return;
    const { chain, slots } = allocation;
    const table = this.#table;
    const end = Math.floor(tokens / this.blockSize);
    let runStart = allocation.registeredBlocks;
    for (let index = allocation.registeredBlocks; index < end; index++) {
      const hash = chain.hash(index);
      const existing = table.slotOf(hash);
      if (existing < 0) {
        table.register(slots[index]!, chain, index, hash);
        continue;
      }
      table.announceStored(chain, runStart, index);
      runStart = index + 1;
      this.#table.pool.drop(slots[index]!);
      table.hold(existing);
      slots[index] = existing;
    }
    table.announceStored(chain, runStart, end);
    allocation.registeredBlocks = Math.max(allocation.registeredBlocks, end);
  }

  /** Lets go of all blocks, deepest first, so tails are evicted before heads. */
  release(allocation: Allocation): void {
    for (let index = allocation.slots.length - 1; index >= 0; index--) {
      this.#table.letGo(allocation.slots[index]!);
    }
    allocation.slots.length = 0;
  }

  /** Makes as much of the chain's prefix resident as fits, without holding it; returns the tokens resident. */
  store(chain: TokenChain): number {
    this.#expirePins();
    const end = this.#table.blockCount(chain);
    const slots: number[] = [];
    let runStart = 0;
    for (let index = 0; index < end; index++) {
      const existing = this.#table.slotAt(chain, index);
      if (existing >= 0) {
        this.#table.announceStored(chain, runStart, index);
        runStart = index + 1;
        this.#table.hold(existing);
        slots.push(existing);
        continue;
      }
      if (this.#table.pool.freeWeight + this.#table.pool.evictableWeight < WHOLE_BLOCK) break;
      slots.push(this.#table.take());
      this.#table.register(slots[index]!, chain, index, this.#table.hashAt(chain, index));
    }
    this.#table.announceRemoved('capacity');
    this.#table.announceStored(chain, runStart, slots.length);
    for (const slot of slots.toReversed()) this.#table.letGo(slot);
    return Math.min(slots.length * this.blockSize, chain.length);
  }

  /** Adds a recorded block, unused, last in eviction order; false when it is there or has no room. */
  adopt(record: BlockRecord): boolean {
    return this.#table.adopt(record);
  }

  /** Standing pins: the blocks of each, parents first, and when it ends. */
  pins(): { hashes: number[]; expiresMs: number }[] {
    this.#expirePins();
    return this.#pins.list().map(({ slots, expiresMs }) => ({
      hashes: slots.map((slot) => this.#table.pool.hash(slot)),
      expiresMs,
    }));
  }

  /** Pins blocks that are resident, regardless of the budget. */
  pinHashes(hashes: readonly number[], expiresMs: number): void {
    const slots = hashes.map((hash) => this.#table.slotOf(hash));
    this.#pins.add(
      slots.filter((slot) => slot >= 0),
      expiresMs,
    );
  }

  /** Pins the resident prefix; returns the tokens pinned: 0 when nothing is resident or over budget. */
  pin(chain: TokenChain, ttlMs = Infinity): number {
    this.#expirePins();
    const slots = this.#table.residentPrefix(chain);
    const pinnedBlocks = this.#pins.pinnedBlocks + this.#pins.countUnpinned(slots);
    if (pinnedBlocks > this.#pinBudgetBlocks) return 0;
    this.#pins.add(slots, this.#nowMs() + ttlMs);
    return this.#table.tokensIn(slots);
  }

  /**
   * Ends the pins on the resident prefix: those of this prompt and of shorter prompts that begin
   * it. Pins on longer prompts stay. Returns the tokens that no pin holds any more.
   */
  unpin(chain: TokenChain): number {
    this.#expirePins();
    const slots = this.#table.residentPrefix(chain);
    const pinned = slots.filter((slot) => this.#table.pool.pins(slot) > 0);
    this.#pins.endWithin(slots);
    return this.#table.tokensIn(pinned.filter((slot) => this.#table.pool.pins(slot) === 0));
  }

  /** Drops every block not in use, pinned ones too when forced; returns the tokens dropped. */
  clear(isForced = false): number {
    this.#expirePins();
    if (isForced) this.#pins.endAll();
    const dropped = this.#forgetAll([...this.#table.pool.evictionOrder()]);
    this.#table.announceCleared();
    return dropped;
  }

  /** Drops unused, unpinned blocks of the resident prefix, deepest first; returns the tokens dropped. */
  evict(chain: TokenChain): number {
    this.#expirePins();
    const { pool } = this.#table;
    const slots = this.#table.residentPrefix(chain).filter((slot) => pool.isEvictable(slot));
    const dropped = this.#forgetAll(slots.reverse());
    this.#table.announceRemoved('evict');
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
    for (const slot of chain ? this.#table.residentPrefix(chain) : this.residentSlots()) {
      if (this.#table.pool.weight(slot) === target || this.#table.pool.hash(slot) === 0) continue;
      if (!this.#table.resize(slot, target)) break;
      changed.push(slot);
    }
    const tokens = this.#table.tokensIn(changed);
    this.#table.announceRemoved('capacity');
    return tokens;
  }

  #forgetAll(slots: readonly number[]): number {
    const tokens = this.#table.tokensIn(slots);
    for (const slot of slots) this.#table.forget(slot);
    return tokens;
  }

  #expirePins(): void {
    if (this.#pins.hasAny) this.#pins.expire(this.#nowMs());
  }
}
