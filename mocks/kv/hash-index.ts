/** Integers per cell, side by side, so that whoever looks a hash up has its slot in the same line of the CPU's cache. */
const STRIDE = 3;
/** Low and high half of the hash: both 0 where the cell is empty. */
const LOW = 0;
const HIGH = 1;
const SLOT = 2;

/**
 * Map from 53-bit hashes to 32-bit slots in one typed array: open addressing, linear probing,
 * backward-shift deletion. A plain Map boxes every such key on the heap; this takes 12 bytes per
 * cell and leaves the garbage collector nothing to walk.
 */
export class HashIndex {
  #cells: Int32Array;
  #mask: number;
  #size = 0;

  constructor(expectedSize = 0) {
    const cells = cellsFor(expectedSize);
    this.#cells = new Int32Array(STRIDE * cells);
    this.#mask = cells - 1;
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#cells.byteLength;
  }

  /** The slot stored under `hash`, or -1. Hashes are positive integers. */
  get(hash: number): number {
    const at = this.#find(hash);
    return this.#isEmpty(at) ? -1 : this.#cells[at + SLOT]!;
  }

  set(hash: number, slot: number): void {
    let at = this.#find(hash);
    if (this.#isEmpty(at)) {
      if ((this.#size + 1) * 3 > (this.#mask + 1) * 2) {
        this.#grow();
        at = this.#find(hash);
      }
      this.#size++;
    }
    this.#put(at, hash | 0, highOf(hash), slot);
  }

  delete(hash: number): boolean {
    const cells = this.#cells;
    let hole = this.#find(hash);
    if (this.#isEmpty(hole)) return false;
    for (let at = this.#after(hole); !this.#isEmpty(at); at = this.#after(at)) {
      // An entry may move back only if its home does not lie cyclically after the hole.
      const home = STRIDE * (cells[at + LOW]! & this.#mask);
      if (this.#distance(home, at) < this.#distance(hole, at)) continue;
      this.#put(hole, cells[at + LOW]!, cells[at + HIGH]!, cells[at + SLOT]!);
      hole = at;
    }
    this.#put(hole, 0, 0, 0);
    this.#size--;
    return true;
  }

  clear(): void {
    this.#cells.fill(0);
    this.#size = 0;
  }

  /** Every (hash, slot), in no particular order. Do not change the index meanwhile. */
  forEach(visit: (hash: number, slot: number) => void): void {
    const cells = this.#cells;
    for (let at = 0; at < cells.length; at += STRIDE) {
      if (this.#isEmpty(at)) continue;
      visit((cells[at + HIGH]! >>> 0) * WORD + (cells[at + LOW]! >>> 0), cells[at + SLOT]!);
    }
  }

  #isEmpty(at: number): boolean {
    return this.#cells[at + LOW] === 0 && this.#cells[at + HIGH] === 0;
  }

  #after(at: number): number {
    return at + STRIDE === this.#cells.length ? 0 : at + STRIDE;
  }

  /** From one place on to another, going round. */
  #distance(from: number, to: number): number {
    return to >= from ? to - from : to - from + this.#cells.length;
  }

  /** Where `hash` is, or the empty cell where it belongs: the low 32 bits are already avalanched. */
  #find(hash: number): number {
    const cells = this.#cells;
    const [low, high] = [hash | 0, highOf(hash)];
    let at = STRIDE * (low & this.#mask);
    while (!(cells[at + LOW] === low && cells[at + HIGH] === high) && !this.#isEmpty(at)) {
      at = this.#after(at);
    }
    return at;
  }

  #grow(): void {
    const old = this.#cells;
    this.#cells = new Int32Array(2 * old.length);
    this.#mask = 2 * this.#mask + 1;
    for (let from = 0; from < old.length; from += STRIDE) {
      const [low, high] = [old[from + LOW]!, old[from + HIGH]!];
      if (low === 0 && high === 0) continue;
      let at = STRIDE * (low & this.#mask);
      while (!this.#isEmpty(at)) at = this.#after(at);
      this.#put(at, low, high, old[from + SLOT]!);
    }
  }

  #put(at: number, low: number, high: number, slot: number): void {
    this.#cells[at + LOW] = low;
    this.#cells[at + HIGH] = high;
    this.#cells[at + SLOT] = slot;
  }
}

const WORD = 2 ** 32;

function highOf(hash: number): number {
  return (hash / WORD) | 0;
}

function cellsFor(size: number): number {
  let cells = 16;
  while (cells * 2 < size * 3) cells *= 2;
  return cells;
}
