const WORD = 2 ** 32;

/** Hash of a beginning that grows id by id: equal for equal beginnings. Ids are any whole numbers. */
export class IdChain {
  #low = 0x9e3779b9 | 0;
  #high = 0x85ebca6b | 0;

  add(id: number): void {
    let low = Math.imul(this.#low ^ id, 0x85ebca6b);
    low = (low << 13) | (low >>> 19);
    let high = Math.imul(this.#high ^ low ^ Math.floor(id / WORD), 0xc2b2ae35);
    high = (((high << 15) | (high >>> 17)) + 0x165667b1) | 0;
    this.#low = low;
    this.#high = high;
  }

  /** Whether this beginning is one of every so many, a power of two; of these the hash tells nothing of it. */
  isOneIn(many: number): boolean {
    return (avalanched(this.#high ^ 0x27d4eb2f) & (many - 1)) === 0;
  }

  /** From 1 to 2^53. */
  get hash(): number {
    const low = avalanched(this.#low ^ (this.#high >>> 16)) >>> 0;
    const high = avalanched(this.#high ^ low) & 0x1f_ffff;
    return high * WORD + low || 1;
  }
}

/** MurmurHash3's 32-bit finaliser. */
function avalanched(word: number): number {
  let it = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  it = Math.imul(it ^ (it >>> 13), 0xc2b2ae35);
  return it ^ (it >>> 16);
}
