const CHUNK = 65_536;

/**
 * A growing list of numbers in typed chunks. A chunk takes memory only once a value other than the
 * usual one is pushed, and growing never copies: a column nobody uses costs next to nothing.
 */
class Column {
  readonly #allocate: () => Float64Array | Int32Array;
  readonly #usual: number;
  readonly #chunks: (Float64Array | Int32Array | undefined)[] = [];
  #length = 0;

  constructor(kind: 'float64' | 'int32', usual: number) {
    this.#usual = usual;
    this.#allocate = () =>
      (kind === 'float64' ? new Float64Array(CHUNK) : new Int32Array(CHUNK)).fill(usual);
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    const index = this.#length++;
    let chunk = this.#chunks[Math.floor(index / CHUNK)];
    if (chunk === undefined) {
      if (Object.is(value, this.#usual)) return;
      chunk = this.#allocate();
      this.#chunks[Math.floor(index / CHUNK)] = chunk;
    }
    chunk[index % CHUNK] = value;
  }

  at(index: number): number {
    return this.#chunks[Math.floor(index / CHUNK)]?.[index % CHUNK] ?? this.#usual;
  }
}

/** Numbers; NaN is the usual one. */
export class Float64Column {
  readonly #column = new Column('float64', Number.NaN);

  get length(): number {
    return this.#column.length;
  }

  push(value: number): void {
    this.#column.push(value);
  }

  at(index: number): number {
    return this.#column.at(index);
  }

  copy(from = 0, to = this.length): Float64Array {
    const values = new Float64Array(to - from);
    for (let index = from; index < to; index++) values[index - from] = this.#column.at(index);
    return values;
  }
}

const UNKNOWN = -1;

/** Whole numbers below 2³¹, or unknown. */
export class CountColumn {
  readonly #column: Column;

  constructor(usual?: number) {
    this.#column = new Column('int32', usual ?? UNKNOWN);
  }

  push(value: number | undefined): void {
    this.#column.push(value ?? UNKNOWN);
  }

  at(index: number): number | undefined {
    const value = this.#column.at(index);
    return value === UNKNOWN ? undefined : value;
  }
}

/** Texts that repeat, each kept once, or unknown. */
export class TextColumn {
  readonly #codes: CountColumn;
  readonly #codeOf = new Map<string, number>();
  readonly #texts: string[] = [];

  constructor(usual?: string) {
    this.#codes = new CountColumn(usual === undefined ? undefined : this.#code(usual));
  }

  push(text: string | undefined): void {
    this.#codes.push(text === undefined ? undefined : this.#code(text));
  }

  at(index: number): string | undefined {
    const code = this.#codes.at(index);
    return code === undefined ? undefined : this.#texts[code];
  }

  #code(text: string): number {
    let code = this.#codeOf.get(text);
    if (code === undefined) {
      code = this.#texts.push(text) - 1;
      this.#codeOf.set(text, code);
    }
    return code;
  }
}
