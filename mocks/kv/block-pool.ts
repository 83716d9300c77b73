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

const NO_TOKENS = new Uint32Array(0);

/** Integers per slot, side by side: whoever touches a slot finds all of it in a line or two of the CPU's cache. */
const STRIDE = 3;
const PREVIOUS = 0;
/** Of a slot that is not linked: how many hold it. */
const NEXT = 1;
const CHAINED = 2;

/**
 * Block state by slot number, a free list, and the eviction order as an intrusive doubly linked
 * list (least recently released first). Knows nothing of prefixes.
 */
export class BlockPool {
  readonly blockSize: number;
  readonly capacity: number;
  /** Per slot its hash, 0 while it is not findable. */
  #hashes: Float64Array;
  /** Its parent's, 0 at the start of a prompt. */
  #parents: Float64Array | undefined;
  #fields: Int32Array;
  /** Pins, and weights and tokens less those of a whole block: where there ever were any. */
  #pins: Int32Array | undefined;
  #weights: Int32Array | undefined;
  #missing: Int32Array | undefined;
  #tokens: Uint32Array | undefined;
  #head = NONE;
  #tail = NONE;
  #free: number[] = [];
  #slotsMade = 0;
  #usedWeight = 0;
  #evictableWeight = 0;

  /** @param isNameless keeps no tokens and parents, half of what a block takes: `parent`, `tokensOf` and `record` are then of no use */
  constructor(blocks: number, blockSize: number, isNameless = false) {
    this.capacity = blocks * WHOLE_BLOCK;
    this.blockSize = blockSize;
    this.#hashes = new Float64Array(blocks);
    this.#parents = isNameless ? undefined : new Float64Array(blocks);
    this.#fields = new Int32Array(STRIDE * blocks);
    this.#tokens = isNameless ? undefined : new Uint32Array(blockSize * blocks);
  }

  get freeWeight(): number {
    return this.capacity - this.#usedWeight;
  }

  get evictableWeight(): number {
    return this.#evictableWeight;
  }

  /** Bytes of all columns. */
  get bytes(): number {
    const named = (this.#tokens?.byteLength ?? 0) + (this.#parents?.byteLength ?? 0);
    const rare = [this.#pins, this.#weights, this.#missing];
    const rareBytes = rare.reduce((sum, column) => sum + (column?.byteLength ?? 0), 0);
    return named + rareBytes + this.#hashes.byteLength + this.#fields.byteLength;
  }

  /** First in eviction order, or -1. */
  get oldest(): number {
    return this.#head;
  }

  /** Identity of the block, 0 while it is not findable. */
  hash(slot: number): number {
    return this.#hashes[slot]!;
  }

  /** Identity of the block before it, 0 at the start of a prompt. */
  parent(slot: number): number {
    return this.#parents?.[slot] ?? 0;
  }

  /** Running requests that hold it. */
  refs(slot: number): number {
    return this.isEvictable(slot) ? 0 : this.#fields[STRIDE * slot + NEXT]!;
  }

  pins(slot: number): number {
    return this.#pins?.[slot] ?? 0;
  }

  /** Thousandths of a block it occupies. */
  weight(slot: number): number {
    return WHOLE_BLOCK + (this.#weights?.[slot] ?? 0);
  }

  tokenCount(slot: number): number {
    return this.blockSize + (this.#missing?.[slot] ?? 0);
  }

  /** A slot holding one whole block; the caller has made sure of `freeWeight`. */
  take(): number {
    const slot = this.#free.pop() ?? this.#makeSlot();
    const at = STRIDE * slot;
    this.#fields[at + PREVIOUS] = UNLINKED;
    this.#fields[at + NEXT] = 1;
    if (this.#weights) this.#weights[slot] = 0;
    this.#usedWeight += WHOLE_BLOCK;
    return slot;
  }

  /** Empties an unlinked slot of a whole block for its next holder. */
  reuse(slot: number): void {
    this.#hashes[slot] = 0;
    this.#fields[STRIDE * slot + NEXT] = 1;
  }

  /** Returns an unlinked slot to the free list. */
  drop(slot: number): void {
    this.#usedWeight -= this.weight(slot);
    this.#hashes[slot] = 0;
    this.#fields[STRIDE * slot + NEXT] = 0;
    this.#free.push(slot);
  }

  /** Makes the slot the chain's block `index`. */
  fill(slot: number, chain: TokenChain, index: number, hash: number): void {
    this.#hashes[slot] = hash;
    if (this.#parents) this.#parents[slot] = index === 0 ? 0 : chain.hash(index - 1);
    if (this.#tokens) chain.copyBlock(index, this.#tokens, slot * this.blockSize);
    this.#setTokenCount(slot, chain.length - index * this.blockSize);
  }

  #setTokenCount(slot: number, tokens: number): void {
    const missing = Math.min(0, tokens - this.blockSize);
    if (missing !== 0) this.#missing ??= new Int32Array(this.#hashes.length);
    if (this.#missing) this.#missing[slot] = missing;
  }

  /** One more holder, or one less, of a slot that is not linked; returns how many there are now. */
  addRef(slot: number, change: 1 | -1): number {
    return (this.#fields[STRIDE * slot + NEXT]! += change);
  }

  /** One pin more or less; returns how many there are now. */
  addPin(slot: number, change: 1 | -1): number {
    this.#pins ??= new Int32Array(this.#hashes.length);
    return (this.#pins[slot]! += change);
  }

  setWeight(slot: number, weight: number): void {
    const change = weight - this.weight(slot);
    if (change === 0) return;
    this.#weights ??= new Int32Array(this.#hashes.length);
    this.#weights[slot] = weight - WHOLE_BLOCK;
    this.#usedWeight += change;
    if (this.isEvictable(slot)) this.#evictableWeight += change;
  }

  load(slot: number, record: BlockRecord): void {
    this.#hashes[slot] = record.hash;
    if (this.#parents) this.#parents[slot] = record.parentHash ?? 0;
    this.setWeight(slot, Math.round(record.weight * WHOLE_BLOCK));
    this.#setTokenCount(slot, record.tokens.length);
    this.#tokens?.set(record.tokens, slot * this.blockSize);
  }

  record(slot: number): BlockRecord {
    return {
      hash: this.hash(slot),
      parentHash: this.parent(slot) || null,
      tokens: Array.from(this.tokensOf(slot)),
      weight: this.weight(slot) / WHOLE_BLOCK,
    };
  }

  tokensOf(slot: number): Uint32Array {
    const start = slot * this.blockSize;
    return (this.#tokens ?? NO_TOKENS).subarray(start, start + this.tokenCount(slot));
  }

  /** The next slot in a chain that somebody else keeps; see `BlockIndex`. */
  chained(slot: number): number {
    return this.#fields[STRIDE * slot + CHAINED]!;
  }

  setChained(slot: number, next: number): void {
    this.#fields[STRIDE * slot + CHAINED] = next;
  }

  isEvictable(slot: number): boolean {
    return this.#fields[STRIDE * slot + PREVIOUS] !== UNLINKED;
  }

  /** Puts the slot last in eviction order. */
  link(slot: number): void {
    const fields = this.#fields;
    const at = STRIDE * slot;
    fields[at + PREVIOUS] = this.#tail;
    fields[at + NEXT] = NONE;
    if (this.#tail === NONE) this.#head = slot;
    else fields[STRIDE * this.#tail + NEXT] = slot;
    this.#tail = slot;
    this.#evictableWeight += this.weight(slot);
  }

  unlink(slot: number): void {
    const fields = this.#fields;
    const at = STRIDE * slot;
    const previous = fields[at + PREVIOUS]!;
    const next = fields[at + NEXT]!;
    if (previous === NONE) this.#head = next;
    else fields[STRIDE * previous + NEXT] = next;
    if (next === NONE) this.#tail = previous;
    else fields[STRIDE * next + PREVIOUS] = previous;
    fields[at + PREVIOUS] = UNLINKED;
    fields[at + NEXT] = 0;
    this.#evictableWeight -= this.weight(slot);
  }

  /** Slots in eviction order. */
  *evictionOrder(): Generator<number> {
    for (let slot = this.#head; slot !== NONE; slot = this.#fields[STRIDE * slot + NEXT]!) {
      yield slot;
    }
  }

  #makeSlot(): number {
    if (this.#slotsMade * STRIDE === this.#fields.length) this.#widen();
    return this.#slotsMade++;
  }

  /** Compressed blocks leave room for more slots than whole blocks would fill. */
  #widen(): void {
    const slots = Math.max(4, this.#slotsMade * 2);
    this.#hashes = widened(new Float64Array(slots), this.#hashes);
    if (this.#parents) this.#parents = widened(new Float64Array(slots), this.#parents);
    this.#fields = widened(new Int32Array(STRIDE * slots), this.#fields);
    if (this.#pins) this.#pins = widened(new Int32Array(slots), this.#pins);
    if (this.#weights) this.#weights = widened(new Int32Array(slots), this.#weights);
    if (this.#missing) this.#missing = widened(new Int32Array(slots), this.#missing);
    if (this.#tokens) {
      this.#tokens = widened(new Uint32Array(this.blockSize * slots), this.#tokens);
    }
  }
}

function widened<T extends Float64Array | Int32Array | Uint32Array>(wider: T, old: T): T {
  wider.set(old);
  return wider;
}
