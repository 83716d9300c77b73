/**
 * Open-addressed hash table from 64-bit block hashes to sets of endpoints, in typed arrays: a million
 * entries as objects would cost the garbage collector more than the routing.
 */
export class BlockTable {
  readonly #mask: number;
  readonly #low: Uint32Array;
  readonly #high: Uint32Array;
  /** Slot is in use when it carries the current epoch; clearing is one increment. */
  readonly #epochs: Uint32Array;
  readonly #holders: Uint32Array;
  readonly #words: number;
  #epoch = 1;
  size = 0;

  /** @param words 32-bit words per set of endpoints */
  constructor(entriesMax: number, words: number) {
    const slots = 2 ** Math.ceil(Math.log2(Math.max(16, entriesMax * 1.5)));
    this.#mask = slots - 1;
    this.#words = words;
    this.#low = new Uint32Array(slots);
    this.#high = new Uint32Array(slots);
    this.#epochs = new Uint32Array(slots);
    this.#holders = new Uint32Array(slots * words);
  }

  clear(): void {
    this.#epoch++;
    this.size = 0;
  }

  /** Adds the holders of a block to `into`. */
  collect(low: number, high: number, into: Uint32Array): void {
    const slot = this.#find(low, high);
    if (this.#epochs[slot] !== this.#epoch) return;
    const at = slot * this.#words;
    for (let word = 0; word < this.#words; word++) into[word]! |= this.#holders[at + word]!;
  }

  /** Makes an endpoint a holder of a block. */
  add(low: number, high: number, endpointIndex: number): void {
    const slot = this.#find(low, high);
    const at = slot * this.#words;
    if (this.#epochs[slot] !== this.#epoch) {
      this.#epochs[slot] = this.#epoch;
      this.#low[slot] = low;
      this.#high[slot] = high;
      this.#holders.fill(0, at, at + this.#words);
      this.size++;
    }
    this.#holders[at + (endpointIndex >>> 5)]! |= 1 << (endpointIndex & 31);
  }

  /** The block's slot, or the free one where it would go. */
  #find(low: number, high: number): number {
    let slot = (low ^ (high >>> 7)) & this.#mask;
    while (
      this.#epochs[slot] === this.#epoch &&
      (this.#low[slot] !== low || this.#high[slot] !== high)
    ) {
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }
}
