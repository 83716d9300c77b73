import { HashIndex } from '../../../mocks/kv/hash-index.ts';

/** Cells of the table: an engine's number, one of these, or a set of engines from `SETS` down. */
const ABSENT = -1;
/** Asked for by a prompt, stored by nobody yet. */
const SEEN = -2;
/** Stored once, held by nobody now. */
const GONE = -3;
const SETS = -4;

/** What is known of a prompt's leading blocks. */
export interface PromptMatch {
  /** Leading blocks that some prompt had before. */
  seenBlocks: number;
  /** Leading blocks that some engine stored at some time. */
  storedBlocks: number;
  /** Engines with at least the first block; how many leading ones each has stands at the same place of `blocks`. */
  engines: number[];
  blocks: number[];
}

/** A prompt as a list of block hashes. */
export interface HashList {
  readonly count: number;
  readonly hashAt: (index: number) => number;
}

/**
 * Block hash → engines that hold it, over the whole fleet: one look-up per block of a prompt, however many engines
 * there are. Most blocks lie on one engine, which then is the table's own cell; those on several have a
 * set of bits.
 */
export class HolderIndex {
  readonly #cells = new HashIndex();
  readonly #words: number;
  /** Sets of engines, `#words` words each. */
  #sets: Uint32Array;
  #setsMade = 0;
  readonly #freeSets: number[] = [];
  readonly #alive: Uint32Array;

  constructor(engines: number) {
    this.#words = Math.ceil(engines / 32);
    this.#sets = new Uint32Array(64 * this.#words);
    this.#alive = new Uint32Array(this.#words);
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
    this.#sets[set * this.#words + (engine >>> 5)]! |= 1 << (engine & 31);
  }

  remove(hash: number, engine: number): void {
    const cell = this.#cells.get(hash);
    if (cell === engine) this.#cells.set(hash, GONE);
    if (cell > SETS) return;
    const set = SETS - cell;
    const start = set * this.#words;
    this.#sets[start + (engine >>> 5)]! &= ~(1 << (engine & 31));
    const left = this.#membersOf(start);
    if (left.length > 1) return;
    this.#cells.set(hash, left[0] ?? GONE);
    this.#freeSets.push(set);
  }

  /** @param isAsked notes that a prompt had these blocks */
  match({ count, hashAt }: HashList, isAsked = false): PromptMatch {
    const match: PromptMatch = { seenBlocks: 0, storedBlocks: 0, engines: [], blocks: [] };
    this.#alive.fill(0xffff_ffff);
    /** The only engine left; several: undefined; none: -1. */
    let only: number | undefined;
    let last: number | undefined;
    let block = 0;
    for (; block < count; block++) {
      const cell = this.#cells.get(hashAt(block));
      if (only !== -1 && cell !== last) only = this.#narrow(cell, block, match);
      last = cell;
      if (cell === ABSENT) break;
      match.seenBlocks = block + 1;
      if (cell !== SEEN && match.storedBlocks === block) match.storedBlocks = block + 1;
    }
    if (only !== -1) this.#narrow(ABSENT, block, match);
    if (isAsked) this.#note({ count, hashAt }, block);
    return match;
  }

  #note({ count, hashAt }: HashList, from: number): void {
    for (let block = from; block < count; block++) {
      if (this.#cells.get(hashAt(block)) === ABSENT) this.#cells.set(hashAt(block), SEEN);
    }
  }

  /** Keeps who holds this block too, and notes of the others how many blocks they had. */
  #narrow(cell: number, block: number, match: PromptMatch): number | undefined {
    const alive = this.#alive;
    let left: number | undefined = -1;
    for (let word = 0; word < alive.length; word++) {
      const before = alive[word]!;
      if (before === 0) continue;
      const after = before & this.#holdersIn(cell, word);
      if (block > 0) noteDropped(before & ~after, { word, block }, match);
      alive[word] = after;
      if (after === 0) continue;
      const isOne = (after & (after - 1)) === 0;
      left = left === -1 && isOne ? word * 32 + 31 - Math.clz32(after) : undefined;
    }
    return left;
  }

  #holdersIn(cell: number, word: number): number {
    if (cell >= 0) return cell >>> 5 === word ? 1 << (cell & 31) : 0;
    return cell > SETS ? 0 : this.#sets[(SETS - cell) * this.#words + word]!;
  }

  #membersOf(start: number): number[] {
    const members: number[] = [];
    for (let word = 0; word < this.#words && members.length < 2; word++) {
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
    const start = set * this.#words;
    if (start + this.#words > this.#sets.length) {
      const wider = new Uint32Array(2 * this.#sets.length);
      wider.set(this.#sets);
      this.#sets = wider;
    }
    this.#sets.fill(0, start, start + this.#words);
    this.#sets[start + (engine >>> 5)] = 1 << (engine & 31);
    return set;
  }
}

function noteDropped(
  dropped: number,
  { word, block }: { word: number; block: number },
  { engines, blocks }: PromptMatch,
): void {
  for (let bits = dropped; bits !== 0;) {
    const bit = 31 - Math.clz32(bits);
    engines.push(word * 32 + bit);
    blocks.push(block);
    bits &= ~(1 << bit);
  }
}
