const NONE: Buffer = Buffer.alloc(0);

/**
 * Bytes that come in pieces, put together as they come. Kept apart, many small pieces would take a
 * hundred times what they hold.
 */
export class ByteStore {
  readonly #expected: number;
  #bytes = NONE;
  #length = 0;

  /** @param expected bytes in all, where known: no more is set aside for them */
  constructor(expected = Infinity) {
    this.#expected = expected;
  }

  get length(): number {
    return this.#length;
  }

  /** A piece that stays the only one is not copied. */
  add(piece: Buffer): void {
    const length = this.#length + piece.length;
    if (this.#length === 0) this.#bytes = piece;
    else {
      if (length > this.#bytes.length) this.#grow(length);
      piece.copy(this.#bytes, this.#length);
    }
    this.#length = length;
  }

  /** Everything added since the last time. */
  take(): Buffer {
    const bytes = this.#bytes;
    const length = this.#length;
    this.clear();
    return length === bytes.length ? bytes : bytes.subarray(0, length);
  }

  clear(): void {
    this.#bytes = NONE;
    this.#length = 0;
  }

  /** To twice what is needed, so that each byte is copied twice at most on average. */
  #grow(length: number): void {
    const larger = Buffer.allocUnsafe(Math.max(length, Math.min(length * 2, this.#expected)));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
