/** Token ids in the making. Reusable: `take` copies them out and starts over. */
export class TokenBuffer {
  /** Ids appended so far; whoever writes through `reserve` moves it on. */
  length = 0;
  #ids: Uint32Array;

  constructor(capacity = 256) {
    this.#ids = new Uint32Array(capacity);
  }

  push(id: number): void {
    this.reserve(1)[this.length++] = id;
  }

  /** The storage, with room for `count` more ids from `length` on. */
  reserve(count: number): Uint32Array {
    const needed = this.length + count;
    if (needed > this.#ids.length) {
      const wider = new Uint32Array(Math.max(needed, this.#ids.length * 2));
      wider.set(this.#ids.subarray(0, this.length));
      this.#ids = wider;
    }
    return this.#ids;
  }

  /** A view, valid until the next change. */
  view(): Uint32Array {
    return this.#ids.subarray(0, this.length);
  }

  /** A copy of all ids; the buffer is empty afterwards. */
  take(): Uint32Array {
    const ids = this.#ids.slice(0, this.length);
    this.length = 0;
    return ids;
  }
}
