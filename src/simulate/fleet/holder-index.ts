import { HashIndex } from '../../../mocks/kv/hash-index.ts';
import { bitsOf, FEW, packed, unpacked, withNumber } from '../../gateway/policies/few-holders.ts';

/** Cells of the table: up to three engines, one of these, or a set of engines from `SETS` down. */
export const ABSENT = -1;
/** Asked for by a prompt, stored by nobody yet. */
export const SEEN = -2;
/** Stored once, held by nobody now. */
const GONE = -3;
const SETS = -4;

/**
 * Block hash → engines that hold it, over the whole fleet of up to 1,024. Most blocks lie on few engines, which then
 * are the table's own cell; those on more have a set of bits.
 */
export class HolderIndex {
  /** Of 32 engines each. */
  readonly words: number;
  readonly #cells = new HashIndex();
  /** Sets of engines, `words` words each. */
  #sets: Uint32Array;
  #setsMade = 0;
  readonly #freeSets: number[] = [];

  constructor(engines: number) {
    this.words = Math.ceil(engines / 32);
    this.#sets = new Uint32Array(64 * this.words);
  }

  add(hash: number, engine: number): void {
    const cell = this.#cells.get(hash);
    if (cell <= SETS) {
      this.#sets[(SETS - cell) * this.words + (engine >>> 5)]! |= 1 << (engine & 31);
      return;
    }
    const few = cell < 0 ? packed([engine]) : withNumber(cell, engine);
    if (few === cell) return;
    this.#cells.set(hash, few ?? SETS - this.#newSet([...unpacked(cell), engine]));
  }

  remove(hash: number, engine: number): void {
    const cell = this.#cells.get(hash);
    if (cell <= SETS) {
      this.#removeFromSet(hash, SETS - cell, engine);
    } else if (cell >= 0) {
      const left = unpacked(cell).filter((it) => it !== engine);
      this.#cells.set(hash, left.length === 0 ? GONE : packed(left));
    }
  }

  /** Notes that a prompt had this block. */
  see(hash: number): void {
    if (this.#cells.get(hash) === ABSENT) this.#cells.set(hash, SEEN);
  }

  /** What is known of a block: `ABSENT`, `SEEN` or what `holdersIn` reads. Valid until the next change. */
  cellOf(hash: number): number {
    return this.#cells.get(hash);
  }

  /** Engines 32 × word to 32 × word + 31 that hold the block of this cell, as bits. */
  holdersIn(cell: number, word: number): number {
    if (cell >= 0) return bitsOf(cell, word);
    return cell > SETS ? 0 : this.#sets[(SETS - cell) * this.words + word]!;
  }

  /** Whether the same engines hold the blocks of both cells. */
  areSame(a: number, b: number): boolean {
    if (a === b) return true;
    for (let word = 0; word < this.words; word++) {
      if (this.holdersIn(a, word) >> 0 !== this.holdersIn(b, word) >> 0) return false;
    }
    return true;
  }

  #removeFromSet(hash: number, set: number, engine: number): void {
    const start = set * this.words;
    this.#sets[start + (engine >>> 5)]! &= ~(1 << (engine & 31));
    const left = this.#membersOf(start, FEW + 1);
    if (left.length > FEW) return;
    this.#cells.set(hash, packed(left));
    this.#freeSets.push(set);
  }

  /** The first ones of a set, as many as are wanted. */
  #membersOf(start: number, wanted: number): number[] {
    const members: number[] = [];
    for (let word = 0; word < this.words; word++) {
      for (let bits = this.#sets[start + word]!; bits !== 0; bits &= bits - 1) {
        members.push(word * 32 + 31 - Math.clz32(bits & -bits));
        if (members.length === wanted) return members;
      }
    }
    return members;
  }

  #newSet(engines: readonly number[]): number {
    const set = this.#freeSets.pop() ?? this.#setsMade++;
    const start = set * this.words;
    if (start + this.words > this.#sets.length) {
      const wider = new Uint32Array(2 * this.#sets.length);
      wider.set(this.#sets);
      this.#sets = wider;
    }
    this.#sets.fill(0, start, start + this.words);
    for (const engine of engines) this.#sets[start + (engine >>> 5)]! |= 1 << (engine & 31);
    return set;
  }
}
