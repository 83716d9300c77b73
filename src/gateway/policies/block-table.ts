import { addTo, isAmong, NUMBERS, packed, unpacked, withNumber } from './few-holders.ts';

/** Words of an entry: epoch, low half and high half of the hash, who holds the block. */
const STRIDE = 4;
const HOLDER = 3;
/** Marks a holder that is the number of a set; otherwise it is one endpoint, or a few. */
const SET = 0x8000_0000;

/**
 * Open-addressed hash table from 64-bit block hashes to sets of endpoints. One typed array, an entry's
 * words side by side: a million entries as objects would cost the garbage collector more than the
 * routing, and words in separate arrays a cache miss each. Most blocks have few holders, which are the
 * entry's own word; those with more, or in a cluster too large for that, have a set of bits elsewhere.
 */
export class BlockTable {
  readonly #mask: number;
  readonly #entries: Uint32Array;
  readonly #setWords: number;
  /** An entry is in use when it carries the current epoch; clearing is one increment. */
  #epoch = 1;
  #sets: Uint32Array;
  #setsMade = 0;
  /** Whether numbers of endpoints are so small that a few fit a word. */
  readonly #isSmall: boolean;
  size = 0;

  /** @param setWords 32-bit words per set of endpoints */
  constructor(entriesMax: number, setWords: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(16, entriesMax * 1.5)));
    this.#mask = slots - 1;
    this.#setWords = setWords;
    this.#isSmall = 32 * setWords <= NUMBERS;
    this.#entries = new Uint32Array(slots * STRIDE);
    this.#sets = new Uint32Array(64 * setWords);
  }

  clear(): void {
    this.#epoch++;
    this.#setsMade = 0;
    this.size = 0;
  }

  /** Adds the holders of a block to `into`. */
  collect(low: number, high: number, into: Uint32Array): void {
    if (this.size === 0) return;
    const at = this.#find(low, high);
    if (this.#entries[at] !== this.#epoch) return;
    const holder = this.#entries[at + HOLDER]!;
    if (holder < SET) {
      if (this.#isSmall) addTo(into, holder);
      else into[holder >>> 5]! |= 1 << (holder & 31);
      return;
    }
    const start = (holder - SET) * this.#setWords;
    for (let word = 0; word < this.#setWords; word++) into[word]! |= this.#sets[start + word]!;
  }

  isHeld(low: number, high: number, endpointIndex: number): boolean {
    const at = this.#find(low, high);
    if (this.#entries[at] !== this.#epoch) return false;
    const holder = this.#entries[at + HOLDER]!;
    if (holder < SET) {
      return this.#isSmall ? isAmong(holder, endpointIndex) : holder === endpointIndex;
    }
    const word = this.#sets[(holder - SET) * this.#setWords + (endpointIndex >>> 5)]!;
    return (word & (1 << (endpointIndex & 31))) !== 0;
  }

  /** Makes an endpoint a holder of a block. */
  add(low: number, high: number, endpointIndex: number): void {
    const at = this.#find(low, high);
    const entries = this.#entries;
    if (entries[at] !== this.#epoch) {
      entries[at] = this.#epoch;
      entries[at + 1] = low;
      entries[at + 2] = high;
      entries[at + HOLDER] = this.#isSmall ? packed([endpointIndex]) : endpointIndex;
      this.size++;
      return;
    }
    const holder = entries[at + HOLDER]!;
    if (holder >= SET) this.#include(holder - SET, endpointIndex);
    else entries[at + HOLDER] = this.#withMore(holder, endpointIndex);
  }

  /** What a word becomes that is no set. */
  #withMore(holder: number, endpointIndex: number): number {
    const few = this.#isSmall ? withNumber(holder, endpointIndex) : undefined;
    if (few !== undefined || holder === endpointIndex) return few ?? holder;
    const before = this.#isSmall ? unpacked(holder) : [holder];
    return SET + this.#newSet([...before, endpointIndex]);
  }

  #newSet(endpoints: readonly number[]): number {
    const set = this.#setsMade++;
    const start = set * this.#setWords;
    if (start + this.#setWords > this.#sets.length) {
      const wider = new Uint32Array(2 * this.#sets.length);
      wider.set(this.#sets);
      this.#sets = wider;
    }
    this.#sets.fill(0, start, start + this.#setWords);
    for (const endpoint of endpoints) this.#include(set, endpoint);
    return set;
  }

  #include(set: number, endpointIndex: number): void {
    this.#sets[set * this.#setWords + (endpointIndex >>> 5)]! |= 1 << (endpointIndex & 31);
  }

  /** Where the block's entry begins, or the free one where it would go. */
  #find(low: number, high: number): number {
    const entries = this.#entries;
    let slot = (low ^ (high >>> 7)) & this.#mask;
    let at = slot * STRIDE;
    while (entries[at] === this.#epoch && (entries[at + 1] !== low || entries[at + 2] !== high)) {
      slot = (slot + 1) & this.#mask;
      at = slot * STRIDE;
    }
    return at;
  }
}
