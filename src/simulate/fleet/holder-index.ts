import { HashIndex } from '../../../mocks/kv/hash-index.ts';
import {
  alone,
  bitsOf,
  FEW,
  packed,
  unpacked,
  withNumber,
} from '../../gateway/policies/few-holders.ts';

/** Cells of the table: up to three engines, one of these, or a set of engines from `SETS` down. */
export const ABSENT = -1;
/** Asked for by a prompt, stored by nobody yet. */
export const SEEN = -2;
/** Stored once, held by nobody now. */
const GONE = -3;
const SETS = -4;

/**
 * Block hash → engines that hold it, over the whole fleet of up to 1,024. Most blocks lie on few engines, which then
 * are the table's own cell. Those on more have a set of bits, which neighbours share: they come and go together.
 */
export class HolderIndex {
  /** Of 32 engines each. */
  readonly words: number;
  readonly #cells = new HashIndex();
  /** Sets of engines, `words` words each, and who has them: blocks, and the change below. */
  #sets: Uint32Array;
  readonly #users: number[] = [];
  readonly #freeSets: number[] = [];
  /** What a block's cell became last, for the next block that has the same. */
  #change = { from: ABSENT, engine: -1, to: ABSENT };

  constructor(engines: number) {
    this.words = Math.ceil(engines / 32);
    this.#sets = new Uint32Array(64 * this.words);
  }

  add(hash: number, engine: number): void {
    const cell = this.#cells.get(hash);
    if (cell <= SETS) {
      if (!this.#isIn(cell, engine)) this.#cells.set(hash, this.#changed(cell, engine));
      return;
    }
    const few = cell < 0 ? alone(engine) : withNumber(cell, engine);
    if (few !== cell) this.#cells.set(hash, few ?? this.#changed(cell, engine));
  }

  remove(hash: number, engine: number): void {
    const cell = this.#cells.get(hash);
    if (cell === alone(engine)) this.#cells.set(hash, GONE);
    else if (cell <= SETS) {
      if (this.#isIn(cell, engine)) this.#cells.set(hash, this.#changed(cell, engine));
    } else if (cell >= 0) {
      const left = unpacked(cell).filter((it) => it !== engine);
      this.#cells.set(hash, packed(left));
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
    return cell > SETS ? 0 : this.#sets[this.#startOf(cell) + word]!;
  }

  /** Whether the same engines hold the blocks of both cells. */
  areSame(a: number, b: number): boolean {
    if (a === b) return true;
    for (let word = 0; word < this.words; word++) {
      if (this.holdersIn(a, word) >> 0 !== this.holdersIn(b, word) >> 0) return false;
    }
    return true;
  }

  #startOf(cell: number): number {
    return (SETS - cell) * this.words;
  }

  #isIn(cell: number, engine: number): boolean {
    return ((this.#sets[this.#startOf(cell) + (engine >>> 5)]! >>> (engine & 31)) & 1) === 1;
  }

  /** The cell of a block that has this one until now, with the engine, or without it where it is in. */
  #changed(cell: number, engine: number): number {
    const last = this.#change;
    if (cell !== last.from || engine !== last.engine) {
      const to = this.#made(cell, engine);
      this.#change = { from: cell, engine, to };
      this.#use(cell);
      this.#use(to);
      this.#leave(last.from);
      this.#leave(last.to);
    }
    const { to } = this.#change;
    this.#use(to);
    this.#leave(cell);
    return to;
  }

  /** A set that nobody has yet, or the cell itself of those who fit into one. */
  #made(cell: number, engine: number): number {
    const set = this.#freeSets.pop() ?? this.#users.push(0) - 1;
    const start = set * this.words;
    if (start + this.words > this.#sets.length) {
      const wider = new Uint32Array(2 * this.#sets.length);
      wider.set(this.#sets);
      this.#sets = wider;
    }
    for (let word = 0; word < this.words; word++) {
      this.#sets[start + word] = this.holdersIn(cell, word);
    }
    this.#sets[start + (engine >>> 5)]! ^= 1 << (engine & 31);
    const members = this.#membersOf(start, FEW + 1);
    if (members.length > FEW) return SETS - set;
    this.#freeSets.push(set);
    return packed(members);
  }

  #use(cell: number): void {
    if (cell <= SETS) this.#users[SETS - cell]!++;
  }

  #leave(cell: number): void {
    if (cell <= SETS && --this.#users[SETS - cell]! === 0) this.#freeSets.push(SETS - cell);
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
}
