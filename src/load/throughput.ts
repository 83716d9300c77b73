import type { Interval } from '../stats/interval.ts';
import { meanInterval } from '../stats/mean-interval.ts';
import { NumberColumn } from './columns.ts';

const SLICES_MAX = 256;
/** So that a slice seldom stays empty. */
const PER_SLICE_MIN = 4;

/** What the requests of a phase came to, by the time they started, for rates with an interval. */
export class Throughput {
  readonly #starts = new NumberColumn(1_000);
  readonly #amounts = new NumberColumn(1);
  #total = 0;

  push(startMs: number, amount: number): void {
    this.#starts.push(startMs);
    this.#amounts.push(amount);
    this.#total += amount;
  }

  /**
   * Interval of a rate: the phase is cut into slices of time, whose amounts are a series with a mean. By
   * starts, since at first nothing ends, which is no change of the rate; hence relative to `rate`.
   * @returns undefined when there is too little of it
   */
  intervalOf(rate: number | null, startMs: number, endMs: number): Interval | undefined {
    const n = this.#starts.length;
    const slices = Math.min(SLICES_MAX, Math.floor(n / PER_SLICE_MIN));
    const sliceMs = (endMs - startMs) / slices;
    if (rate === null || slices === 0 || !(sliceMs > 0) || this.#total === 0) return undefined;
    const amounts = new Float64Array(slices);
    for (let index = 0; index < n; index++) {
      const slice = Math.floor((this.#starts.at(index)! - startMs) / sliceMs);
      amounts[Math.min(slices - 1, slice)]! += this.#amounts.at(index)!;
    }
    const interval = meanInterval(amounts);
    if (interval === undefined) return undefined;
    const scale = (rate * slices) / this.#total;
    const { low, high, confidence } = interval;
    return { low: Math.max(0, low) * scale, high: high * scale, confidence };
  }
}
