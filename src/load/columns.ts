const CHUNK = 65_536;

/**
 * A growing list of numbers in chunks. A chunk of equal values is kept as that one value, and growing
 * never copies: a column that does not vary costs next to nothing.
 */
class Column {
  readonly #allocate: () => Float64Array | Int32Array;
  readonly #chunks: (Float64Array | Int32Array | number)[] = [];
  #length = 0;

  constructor(kind: 'float64' | 'int32') {
    this.#allocate = () => (kind === 'float64' ? new Float64Array(CHUNK) : new Int32Array(CHUNK));
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    const index = this.#length++;
    const place = Math.floor(index / CHUNK);
    let chunk = this.#chunks[place];
    if (chunk === undefined) {
      this.#chunks[place] = value;
      return;
    }
    if (typeof chunk === 'number') {
      if (Object.is(chunk, value)) return;
      chunk = this.#allocate().fill(chunk);
      this.#chunks[place] = chunk;
    }
    chunk[index % CHUNK] = value;
  }

  at(index: number): number {
    const chunk = this.#chunks[Math.floor(index / CHUNK)]!;
    return typeof chunk === 'number' ? chunk : chunk[index % CHUNK]!;
  }
}

/** Numbers of any kind. */
export class Float64Column {
  readonly #column = new Column('float64');

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
  readonly #column = new Column('int32');

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
  readonly #codes = new CountColumn();
  readonly #codeOf = new Map<string, number>();
  readonly #texts: string[] = [];

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
