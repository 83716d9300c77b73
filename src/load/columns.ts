const CHUNK = 16_384;

type Values = Int8Array | Int16Array | Int32Array | Float64Array;

/** Whole numbers of the column's unit above `base`, in the narrowest array that holds them all. */
interface Chunk {
  base: number;
  /** Undefined while all equal the base. A Float64Array holds the values themselves. */
  values: Values | undefined;
}

/**
 * A growing list of numbers in chunks, each as wide as its values need: growing never copies the list,
 * what does not vary costs next to nothing, and every value comes back exactly.
 */
class Column {
  readonly #perUnit: number;
  readonly #chunks: Chunk[] = [];
  #length = 0;

  /** @param perUnit steps of the grid most values lie on; those that do not take eight bytes */
  constructor(perUnit: number) {
    this.#perUnit = perUnit;
  }

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    const place = this.#length % CHUNK;
    const step = this.#stepOf(value);
    if (place === 0) this.#chunks.push({ base: step ?? 0, values: undefined });
    this.#length++;
    const chunk = this.#chunks.at(-1)!;
    const { base, values } = chunk;
    if (values === undefined && step === base) return;
    if (values instanceof Float64Array) values[place] = value;
    else if (step === undefined) this.#floats(chunk, place)[place] = value;
    else if (!fits(values, place, step - base)) this.#widen(chunk, place, { value, step });
  }

  /** Undefined for a value between two steps. */
  #stepOf(value: number): number | undefined {
    const step = Math.round(value * this.#perUnit);
    return Number.isSafeInteger(step) && step / this.#perUnit === value ? step : undefined;
  }

  #widen(chunk: Chunk, place: number, { value, step }: { value: number; step: number }): void {
    const bytes = chunk.values?.BYTES_PER_ELEMENT ?? 0;
    for (const Kind of [Int8Array, Int16Array, Int32Array]) {
      if (Kind.BYTES_PER_ELEMENT <= bytes) continue;
      const wider = new Kind(CHUNK);
      if (!fits(wider, place, step - chunk.base)) continue;
      if (chunk.values) wider.set(chunk.values.subarray(0, place));
      chunk.values = wider;
      return;
    }
    this.#floats(chunk, place)[place] = value;
  }

  #floats(chunk: Chunk, filled: number): Float64Array {
    const floats = new Float64Array(CHUNK);
    for (let index = 0; index < filled; index++) floats[index] = this.#valueOf(chunk, index);
    chunk.values = floats;
    return floats;
  }

  #valueOf({ base, values }: Chunk, place: number): number {
    if (values === undefined) return base / this.#perUnit;
    return values instanceof Float64Array
      ? values[place]!
      : (base + values[place]!) / this.#perUnit;
  }

  at(index: number): number {
    return this.#valueOf(this.#chunks[Math.floor(index / CHUNK)]!, index % CHUNK);
  }
}

/** Stores it; an array too narrow for it gives back something else. */
function fits(values: Values | undefined, place: number, above: number): boolean {
  if (values === undefined) return false;
  values[place] = above;
  return values[place] === above;
}

/** Times on the run's clock, which ticks in microseconds. */
const STEPS_PER_MS = 1_000;

/** Milliseconds, or any other numbers. */
export class Float64Column {
  readonly #column = new Column(STEPS_PER_MS);

  get length(): number {
    return this.#column.length;
  }

  push(value: number): void {
    this.#column.push(value);
  }

  at(index: number): number {
    return this.#column.at(index);
  }

  /** @param room where to, when there is room already */
  copy(from = 0, to = this.length, room = new Float64Array(to - from)): Float64Array {
    const values = room.subarray(0, to - from);
    for (let index = from; index < to; index++) values[index - from] = this.#column.at(index);
    return values;
  }
}

const UNKNOWN = -1;

/** Whole numbers below 2³¹, or unknown. */
export class CountColumn {
  readonly #column = new Column(1);

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
