import { HashIndex } from '../../../mocks/kv/hash-index.ts';

/** Cells of the table: an engine's number, one of these, or a set of engines from `SETS` down. */
export const ABSENT = -1;
/** Asked for by a prompt, stored by nobody yet. */
export const SEEN = -2;
/** Stored once, held by nobody now. */
const GONE = -3;
const SETS = -4;

/**
 * Block hash → engines that hold it, over the whole fleet, however many engines there are. Most blocks lie on one
 * engine, which then is the table's own cell; those on several have a set of bits.
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
    if (cell === engine) return;
    if (cell === ABSENT || cell === SEEN || cell === GONE) {
      this.#cells.set(hash, engine);
      return;
    }
    const set = cell >= 0 ? this.#newSet(cell) : SETS - cell;
    if (cell >= 0) this.#cells.set(hash, SETS - set);
    this.#sets[set * this.words + (engine >>> 5)]! |= 1 << (engine & 31);
  }

  remove(hash: number, engine: number): void {
    const cell = this.#cells.get(hash);
    if (cell === engine) this.#cells.set(hash, GONE);
    if (cell > SETS) return;
    const set = SETS - cell;
    const start = set * this.words;
    this.#sets[start + (engine >>> 5)]! &= ~(1 << (engine & 31));
    const left = this.#membersOf(start);
    if (left.length > 1) return;
    this.#cells.set(hash, left[0] ?? GONE);
    this.#freeSets.push(set);
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
    if (cell >= 0) return cell >>> 5 === word ? 1 << (cell & 31) : 0;
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

  #membersOf(start: number): number[] {
    const members: number[] = [];
    for (let word = 0; word < this.words && members.length < 2; word++) {
      const bits = this.#sets[start + word]!;
      if (bits === 0) continue;
      const last = 31 - Math.clz32(bits);
      const rest = bits & ~(1 << last);
      members.push(word * 32 + last);
      if (rest !== 0) members.push(word * 32 + 31 - Math.clz32(rest));
    }
    return members;
  }

  #newSet(engine: number): number {
    const set = this.#freeSets.pop() ?? this.#setsMade++;
    const start = set * this.words;
    if (start + this.words > this.#sets.length) {
      const wider = new Uint32Array(2 * this.#sets.length);
      wider.set(this.#sets);
      this.#sets = wider;
    }
    this.#sets.fill(0, start, start + this.words);
    this.#sets[start + (engine >>> 5)] = 1 << (engine & 31);
    return set;
  }
}
