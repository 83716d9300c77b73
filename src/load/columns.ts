/** A number array that grows by doubling: 8 bytes per value, no objects. */
export class Float64Column {
  #values = new Float64Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const grown = new Float64Array(this.#values.length * 2);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.#length++] = value;
  }

  at(index: number): number {
    return this.#values[index]!;
  }

  /** A view, valid until the next push. */
  slice(from: number, to: number): Float64Array {
    return this.#values.subarray(from, to);
  }
}

/** A column of whole numbers below 2³¹ or unknown: 4 bytes per value. */
export class CountColumn {
  #values = new Int32Array(256);
  #length = 0;

  push(value: number | undefined): void {
    if (this.#length === this.#values.length) {
      const grown = new Int32Array(this.#values.length * 2);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.#length++] = value ?? -1;
  }

  at(index: number): number | undefined {
    const value = this.#values[index]!;
    return value === -1 ? undefined : value;
  }
}

/** A column of texts that repeat: each distinct text is kept once. */
export class TextColumn {
  readonly #codes = new CountColumn();
  readonly #codeOf = new Map<string, number>();
  readonly #texts: string[] = [];

  push(text: string | undefined): void {
    if (text === undefined) {
      this.#codes.push(undefined);
      return;
    }
    let code = this.#codeOf.get(text);
    if (code === undefined) {
      code = this.#texts.push(text) - 1;
      this.#codeOf.set(text, code);
    }
    this.#codes.push(code);
  }

  at(index: number): string | undefined {
    const code = this.#codes.at(index);
    return code === undefined ? undefined : this.#texts[code];
  }
}
