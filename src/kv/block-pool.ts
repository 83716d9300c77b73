import type { TokenChain } from './blocks.ts';

/** Capacity is counted in thousandths of a block, so compressed blocks add up exactly. */
export const WHOLE_BLOCK = 1_000;

/** One findable block, as it is written down. */
export interface BlockRecord {
  hash: number;
  /** Null at the start of a prompt. */
  parentHash: number | null;
  tokens: number[];
  /** Share of a whole block it occupies, (0, 1]. */
  weight: number;
}

const NONE = -1;
const UNLINKED = -2;

/**
 * Columns of block state by slot number, a free list, and the eviction order as an intrusive
 * doubly linked list (least recently released first). Knows nothing of prefixes.
 */
export class BlockPool {
  readonly blockSize: number;
  readonly capacity: number;
  /** Identity of the block, 0 while it is not findable. */
  hashes: Float64Array;
  /** Identity of the block before it, 0 at the start of a prompt. */
  parents: Float64Array;
  refs: Int32Array;
  pins: Int32Array;
  /** Thousandths of a block it occupies. */
  weights: Int32Array;
  tokenCounts: Int32Array;
  #tokens: Uint32Array;
  #previous: Int32Array;
  #next: Int32Array;
  #head = NONE;
  #tail = NONE;
  #free: number[] = [];
  #slotsMade = 0;
  #usedWeight = 0;
  #evictableWeight = 0;

  constructor(blocks: number, blockSize: number) {
    this.capacity = blocks * WHOLE_BLOCK;
    this.blockSize = blockSize;
    this.hashes = new Float64Array(blocks);
    this.parents = new Float64Array(blocks);
    this.refs = new Int32Array(blocks);
    this.pins = new Int32Array(blocks);
    this.weights = new Int32Array(blocks);
    this.tokenCounts = new Int32Array(blocks);
    this.#tokens = new Uint32Array(blocks * blockSize);
    this.#previous = new Int32Array(blocks);
    this.#next = new Int32Array(blocks);
  }

  get freeWeight(): number {
    return this.capacity - this.#usedWeight;
  }

  get evictableWeight(): number {
    return this.#evictableWeight;
  }

  /** Bytes of all columns. */
  get bytes(): number {
    return this.#tokens.byteLength + this.hashes.byteLength * 2 + this.refs.byteLength * 6;
  }

  /** First in eviction order, or -1. */
  get oldest(): number {
    return this.#head;
  }

  /** A slot holding one whole block; the caller has made sure of `freeWeight`. */
  take(): number {
    const slot = this.#free.pop() ?? this.#makeSlot();
    this.refs[slot] = 1;
    this.weights[slot] = WHOLE_BLOCK;
    this.#previous[slot] = UNLINKED;
    this.#usedWeight += WHOLE_BLOCK;
    return slot;
  }

  /** Returns an unlinked slot to the free list. */
  drop(slot: number): void {
    this.#usedWeight -= this.weights[slot]!;
    this.hashes[slot] = 0;
    this.parents[slot] = 0;
    this.refs[slot] = 0;
    this.tokenCounts[slot] = 0;
    this.#free.push(slot);
  }

  setWeight(slot: number, weight: number): void {
    const change = weight - this.weights[slot]!;
    this.weights[slot] = weight;
    this.#usedWeight += change;
    if (this.isEvictable(slot)) this.#evictableWeight += change;
  }

  setTokens(slot: number, chain: TokenChain, index: number): void {
    this.tokenCounts[slot] = chain.copyBlock(index, this.#tokens, slot * this.blockSize);
  }

  load(slot: number, record: BlockRecord): void {
    this.hashes[slot] = record.hash;
    this.parents[slot] = record.parentHash ?? 0;
    this.setWeight(slot, Math.round(record.weight * WHOLE_BLOCK));
    this.tokenCounts[slot] = record.tokens.length;
    this.#tokens.set(record.tokens, slot * this.blockSize);
  }

  record(slot: number): BlockRecord {
    return {
      hash: this.hashes[slot]!,
      parentHash: this.parents[slot] === 0 ? null : this.parents[slot]!,
      tokens: Array.from(this.tokensOf(slot)),
      weight: this.weights[slot]! / WHOLE_BLOCK,
    };
  }

  tokensOf(slot: number): Uint32Array {
    const start = slot * this.blockSize;
    return this.#tokens.subarray(start, start + this.tokenCounts[slot]!);
  }

  isEvictable(slot: number): boolean {
    return this.#previous[slot] !== UNLINKED;
  }

  /** Puts the slot last in eviction order. */
  link(slot: number): void {
    this.#previous[slot] = this.#tail;
    this.#next[slot] = NONE;
    if (this.#tail === NONE) this.#head = slot;
    else this.#next[this.#tail] = slot;
    this.#tail = slot;
    this.#evictableWeight += this.weights[slot]!;
  }

  unlink(slot: number): void {
    const previous = this.#previous[slot]!;
    const next = this.#next[slot]!;
    if (previous === NONE) this.#head = next;
    else this.#next[previous] = next;
    if (next === NONE) this.#tail = previous;
    else this.#previous[next] = previous;
    this.#previous[slot] = UNLINKED;
    this.#evictableWeight -= this.weights[slot]!;
  }

  /** Slots in eviction order. */
  *evictionOrder(): Generator<number> {
    for (let slot = this.#head; slot !== NONE; slot = this.#next[slot]!) yield slot;
  }

  #makeSlot(): number {
    if (this.#slotsMade === this.hashes.length) this.#widen();
    return this.#slotsMade++;
  }

  /** Compressed blocks leave room for more slots than whole blocks would fill. */
  #widen(): void {
    const slots = Math.max(4, this.hashes.length * 2);
    this.hashes = widened(new Float64Array(slots), this.hashes);
    this.parents = widened(new Float64Array(slots), this.parents);
    this.refs = widened(new Int32Array(slots), this.refs);
    this.pins = widened(new Int32Array(slots), this.pins);
    this.weights = widened(new Int32Array(slots), this.weights);
    this.tokenCounts = widened(new Int32Array(slots), this.tokenCounts);
    this.#tokens = widened(new Uint32Array(slots * this.blockSize), this.#tokens);
    this.#previous = widened(new Int32Array(slots), this.#previous);
    this.#next = widened(new Int32Array(slots), this.#next);
  }
}

function widened<T extends Float64Array | Int32Array | Uint32Array>(wider: T, old: T): T {
  wider.set(old);
  return wider;
}
