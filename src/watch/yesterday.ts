import { isFar, medianOfSorted, PAST_MIN, type Point, type Usual } from './reference.ts';

/** Times as large a change must be to count where a day lies between: figures wander in that time. */
const A_DAY_APART = 1.5;
/** Fewer on either side are left out of what was usual. */
const OUTER_SHARE = 0.1;

/**
 * What was at the same time a day before: not one value but the range of two hours, since what comes every day at
 * about this time, as a night's batch job does, may come some minutes earlier or later.
 */
export class Yesterday implements Usual {
  readonly #sorted: readonly number[];

  constructor(values: readonly number[]) {
    this.#sorted = values.toSorted((a, b) => a - b);
  }

  get isReady(): boolean {
    return this.#sorted.length >= PAST_MIN;
  }

  get median(): number {
    return medianOfSorted(this.#sorted);
  }

  judge(point: Point, matters: number): -1 | 0 | 1 {
    const outer = Math.floor(OUTER_SHARE * this.#sorted.length);
    const [low, high] = [this.#sorted.at(outer)!, this.#sorted.at(-1 - outer)!];
    const nearest = Math.min(high, Math.max(low, point.value));
    const off = point.value - nearest;
    if (!isFar(off, { matters: A_DAY_APART * matters, past: this.#sorted, error: point.error }))
      return 0;
    return off > 0 ? 1 : -1;
  }
}
