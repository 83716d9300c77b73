const CHUNK = 16_384;

const WIDTHS = [Int8Array, Int16Array, Int32Array, Float64Array] as const;

/** Whole steps above `base`, in the narrowest array that holds them all. */
interface Chunk {
  base: number;
  /** Undefined while all equal the base. A Float64Array holds the values themselves. */
  values: InstanceType<(typeof WIDTHS)[number]> | undefined;
}

/** Nothing that is kept is negative. */
const UNKNOWN = -1;

/**
 * A growing list of numbers, or unknown, in chunks, each as wide as its values need: growing never copies
 * the list, what does not vary costs next to nothing, and every value comes back exactly.
 */
export class NumberColumn {
  readonly #perUnit: number;
  readonly #chunks: Chunk[] = [];
  #length = 0;

  /**
   * @param perUnit steps of the grid most values lie on, those that do not take eight bytes: 1 for counts,
   * 1,000 for milliseconds, since the run's clock ticks in microseconds
   */
  constructor(perUnit: number) {
    this.#perUnit = perUnit;
  }

  get length(): number {
    return this.#length;
  }

  push(value: number = UNKNOWN): void {
    const place = this.#length++ % CHUNK;
    if (place === 0) this.#chunks.push({ base: this.#stepOf(value), values: undefined });
    const chunk = this.#chunks.at(-1)!;
    while (!this.#fits(chunk, place, value)) this.#widen(chunk, place);
  }

  #stepOf(value: number): number {
    return Math.round(value * this.#perUnit);
  }

  /** Stores it; an array too narrow for it gives back something else. */
  #fits(chunk: Chunk, place: number, value: number): boolean {
    this.#store(chunk, place, value);
    return Object.is(this.#valueOf(chunk, place), value);
  }

  #store({ base, values }: Chunk, place: number, value: number): void {
    if (values instanceof Float64Array) values[place] = value;
    else if (values) values[place] = this.#stepOf(value) - base;
  }

  #widen(chunk: Chunk, filled: number): void {
    const bytes = chunk.values?.BYTES_PER_ELEMENT ?? 0;
    const Wider = WIDTHS.find((it) => it.BYTES_PER_ELEMENT > bytes)!;
    const wider: Chunk = { base: chunk.base, values: new Wider(CHUNK) };
    for (let place = 0; place < filled; place++) {
      this.#store(wider, place, this.#valueOf(chunk, place));
    }
    chunk.values = wider.values;
  }

  #valueOf({ base, values }: Chunk, place: number): number {
    if (values instanceof Float64Array) return values[place]!;
    return (base + (values?.[place] ?? 0)) / this.#perUnit;
  }

  at(index: number): number | undefined {
    const value = this.#valueOf(this.#chunks[Math.floor(index / CHUNK)]!, index % CHUNK);
    return value === UNKNOWN ? undefined : value;
  }

  /** Of values that are all known. */
  copy(from = 0, to = this.length): Float64Array {
    const values = new Float64Array(to - from);
    for (let index = from; index < to; index++) values[index - from] = this.at(index)!;
    return values;
  }
}

/** Texts that repeat, each kept once, or unknown. */
export class TextColumn {
  readonly #codes = new NumberColumn(1);
  readonly #codeOf = new Map<string, number>();
  readonly #texts: string[] = [];
  readonly #differentMax: number;

  /** @param differentMax beyond so many different texts a new one is not kept: it reads as unknown */
  constructor(differentMax = Infinity) {
    this.#differentMax = differentMax;
  }

  push(text: string | undefined): void {
    this.#codes.push(text === undefined ? undefined : this.#code(text));
  }

  at(index: number): string | undefined {
    const code = this.#codes.at(index);
    return code === undefined ? undefined : this.#texts[code];
  }

  #code(text: string): number | undefined {
    const known = this.#codeOf.get(text);
    if (known !== undefined || this.#texts.length >= this.#differentMax) return known;
    const code = this.#texts.push(text) - 1;
    this.#codeOf.set(text, code);
    return code;
  }
}
