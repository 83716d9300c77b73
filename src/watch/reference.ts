/** Values of the past that one is compared with: two hours at the usual pace. */
const PAST_MAX = 96;
/** Fewer say nothing about what is usual. */
export const PAST_MIN = 12;
/** Times the usual spread that a value must be off. */
const SPREADS = 4;
const MEDIAN_EVERY = 8;
/** Median absolute deviation → standard deviation, were the values normal. */
const MAD_TO_SIGMA = 1.4826;

/** One value of a series. */
export interface Point {
  value: number;
  /** Standard error that counting alone gives it. */
  error: number;
}

/** What a series is judged by. */
export interface Usual {
  /** Whether enough is known to judge. */
  isReady: boolean;
  median: number;
  /** 1 or -1 when the value is off by more than chance and by more than `matters`; else 0. */
  judge: (point: Point, matters: number) => -1 | 0 | 1;
}

/**
 * What is usual for a series, by its own past: median and median absolute deviation, which a few strange
 * values do not move. Memory is bounded.
 */
export class Reference implements Usual {
  readonly #past: number[] = [];
  #next = 0;
  #median: number | undefined;

  get isReady(): boolean {
    return this.#past.length >= PAST_MIN;
  }

  get median(): number {
    return (this.#median ??= medianOf(this.#past));
  }

  add(value: number): void {
    if (this.#past.length < PAST_MAX) this.#past.push(value);
    else this.#past[this.#next % PAST_MAX] = value;
    this.#next++;
    // One value moves the median of a long past by next to nothing, and sorting it costs.
    if (!this.isReady || this.#next % MEDIAN_EVERY === 0) this.#median = undefined;
  }

  /** Oldest first, up to the turn of a full ring, which does not matter to a median. */
  get past(): readonly number[] {
    return this.#past;
  }

  forget(): void {
    this.#past.length = 0;
    this.#next = 0;
    this.#median = undefined;
  }

  /**
   * 1 or -1 when the value is off by more than chance and by more than `matters`; else 0.
   * @param matters the smallest change that anybody would act on, in the unit of the series
   */
  judge({ value, error }: Point, matters: number): -1 | 0 | 1 {
    if (!this.isReady) return 0;
    const off = value - this.median;
    if (!isFar(off, { matters, past: this.#past, error })) return 0;
    return off > 0 ? 1 : -1;
  }
}

/** Whether a difference is more than anybody's concern, and more than the spread of the past and chance make. */
export function isFar(
  off: number,
  { matters, past, error }: { matters: number; past: readonly number[]; error: number },
): boolean {
  if (Math.abs(off) < matters) return false;
  const median = medianOf(past);
  const usual = MAD_TO_SIGMA * medianOf(past.map((it) => Math.abs(it - median)));
  return Math.abs(off) >= SPREADS * Math.hypot(usual, error);
}

function medianOf(values: readonly number[]): number {
  return medianOfSorted(Float64Array.from(values).sort());
}

/** Of values in rising order, at least one. */
export function medianOfSorted(sorted: ArrayLike<number>): number {
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
