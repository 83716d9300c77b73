/** Words of an entry before its set of endpoints: epoch, low half and high half of the hash. */
const HEADER_WORDS = 3;

/**
 * Open-addressed hash table from 64-bit block hashes to sets of endpoints. One typed array, an entry's
 * words side by side: a million entries as objects would cost the garbage collector more than the
 * routing, and words in separate arrays a cache miss each.
 */
export class BlockTable {
  readonly #mask: number;
  readonly #entries: Uint32Array;
  readonly #setWords: number;
  readonly #stride: number;
  /** An entry is in use when it carries the current epoch; clearing is one increment. */
  #epoch = 1;
  size = 0;

  /** @param setWords 32-bit words per set of endpoints */
  constructor(entriesMax: number, setWords: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(16, entriesMax * 1.5)));
    this.#mask = slots - 1;
    this.#setWords = setWords;
    this.#stride = HEADER_WORDS + setWords;
    this.#entries = new Uint32Array(slots * this.#stride);
  }

  clear(): void {
    this.#epoch++;
    this.size = 0;
  }

  /** Adds the holders of a block to `into`. */
  collect(low: number, high: number, into: Uint32Array): void {
    if (this.size === 0) return;
    const at = this.#find(low, high);
    if (this.#entries[at] !== this.#epoch) return;
    for (let word = 0; word < this.#setWords; word++) {
      into[word]! |= this.#entries[at + HEADER_WORDS + word]!;
    }
  }

  isHeld(low: number, high: number, endpointIndex: number): boolean {
    const at = this.#find(low, high);
    if (this.#entries[at] !== this.#epoch) return false;
    const holders = this.#entries[at + HEADER_WORDS + (endpointIndex >>> 5)]!;
    return (holders & (1 << (endpointIndex & 31))) !== 0;
  }

  /** Makes an endpoint a holder of a block. */
  add(low: number, high: number, endpointIndex: number): void {
    const at = this.#find(low, high);
    const entries = this.#entries;
    const holders = at + HEADER_WORDS;
    if (entries[at] !== this.#epoch) {
      entries[at] = this.#epoch;
      entries[at + 1] = low;
      entries[at + 2] = high;
      entries.fill(0, holders, holders + this.#setWords);
      this.size++;
    }
    entries[holders + (endpointIndex >>> 5)]! |= 1 << (endpointIndex & 31);
  }

  /** Where the block's entry begins, or the free one where it would go. */
  #find(low: number, high: number): number {
    const entries = this.#entries;
    let slot = (low ^ (high >>> 7)) & this.#mask;
    let at = slot * this.#stride;
    while (entries[at] === this.#epoch && (entries[at + 1] !== low || entries[at + 2] !== high)) {
      slot = (slot + 1) & this.#mask;
      at = slot * this.#stride;
    }
    return at;
  }
}
