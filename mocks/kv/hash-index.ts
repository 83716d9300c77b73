/**
 * Map from 53-bit hashes to 32-bit slots in two typed arrays: open addressing, linear probing,
 * backward-shift deletion. A plain Map boxes every such key on the heap; this takes 12 bytes per
 * cell and leaves the garbage collector nothing to walk.
 */
export class HashIndex {
  #keys: Float64Array;
  #slots: Int32Array;
  #mask: number;
  #size = 0;

  constructor(expectedSize = 0) {
    const cells = cellsFor(expectedSize);
    this.#keys = new Float64Array(cells);
    this.#slots = new Int32Array(cells);
    this.#mask = cells - 1;
  }

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    return this.#keys.byteLength + this.#slots.byteLength;
  }

  /** The slot stored under `hash`, or -1. Hashes are positive integers. */
  get(hash: number): number {
    const cell = this.#find(hash);
    return this.#keys[cell] === 0 ? -1 : this.#slots[cell]!;
  }

  set(hash: number, slot: number): void {
    let cell = this.#find(hash);
    if (this.#keys[cell] === 0) {
      if ((this.#size + 1) * 3 > this.#keys.length * 2) {
        this.#grow();
        cell = this.#find(hash);
      }
      this.#keys[cell] = hash;
      this.#size++;
    }
    this.#slots[cell] = slot;
  }

  delete(hash: number): boolean {
    let hole = this.#find(hash);
    if (this.#keys[hole] === 0) return false;
    const keys = this.#keys;
    for (let cell = (hole + 1) & this.#mask; keys[cell] !== 0; cell = (cell + 1) & this.#mask) {
      // An entry may move back only if its home does not lie cyclically after the hole.
      const homeDistance = (cell - homeOf(keys[cell]!, this.#mask)) & this.#mask;
      if (homeDistance < ((cell - hole) & this.#mask)) continue;
      keys[hole] = keys[cell]!;
      this.#slots[hole] = this.#slots[cell]!;
      hole = cell;
    }
    keys[hole] = 0;
    this.#size--;
    return true;
  }

  clear(): void {
    this.#keys.fill(0);
    this.#size = 0;
  }

  /** Every (hash, slot), in no particular order. Do not change the index meanwhile. */
  forEach(visit: (hash: number, slot: number) => void): void {
    for (let cell = 0; cell < this.#keys.length; cell++) {
      if (this.#keys[cell] !== 0) visit(this.#keys[cell]!, this.#slots[cell]!);
    }
  }

  /** Cell holding `hash`, or the empty cell where it belongs. */
  #find(hash: number): number {
    const keys = this.#keys;
    let cell = homeOf(hash, this.#mask);
    while (keys[cell] !== 0 && keys[cell] !== hash) cell = (cell + 1) & this.#mask;
    return cell;
  }

  #grow(): void {
    const [keys, slots] = [this.#keys, this.#slots];
    this.#keys = new Float64Array(keys.length * 2);
    this.#slots = new Int32Array(keys.length * 2);
    this.#mask = keys.length * 2 - 1;
    for (let index = 0; index < keys.length; index++) {
      if (keys[index] === 0) continue;
      const cell = this.#find(keys[index]!);
      this.#keys[cell] = keys[index]!;
      this.#slots[cell] = slots[index]!;
    }
  }
}

/** The low 32 bits are already avalanched. */
function homeOf(hash: number, mask: number): number {
  return (hash | 0) & mask;
}

function cellsFor(size: number): number {
  let cells = 16;
  while (cells * 2 < size * 3) cells *= 2;
  return cells;
}
