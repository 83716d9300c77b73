import { ExactValues, type ValueSink } from '../../load/aggregate.ts';
import { LatencyHistogram } from '../../stats/histogram.ts';
import { resolutionOf } from '../../stats/resolution.ts';
import type { MetricFigures } from '../../stats/summary.ts';

/** Summing up takes some forty bytes for each. */
export const EXACT_VALUES_MAX = 16_000_000;
const PERCENTS = [50, 90, 95, 99];

/**
 * Values in their order, exactly as long as there is memory for that; beyond, in an HDR histogram (error
 * at most 0.1 %), which knows nothing of their order and so gives no intervals.
 */
export class BoundedValues implements ValueSink {
  readonly #max: number;
  #exact: ExactValues | undefined = new ExactValues();
  #counted: Counted | undefined;

  constructor(max = EXACT_VALUES_MAX) {
    this.#max = max;
  }

  get isExact(): boolean {
    return this.#counted === undefined;
  }

  push(value: number): void {
    if (this.#exact === undefined) {
      this.#counted!.push(value);
      return;
    }
    this.#exact.push(value);
    if (this.#exact.length <= this.#max) return;
    this.#counted = new Counted();
    for (const known of this.#exact) this.#counted.push(known);
    this.#exact = undefined;
  }

  figures(): MetricFigures {
    return (this.#exact ?? this.#counted!).figures();
  }
}

class Counted implements ValueSink {
  readonly #histogram = new LatencyHistogram();
  #n = 0;
  #mean = 0;
  /** Squared deviations from the mean, after Welford (1962). */
  #squares = 0;
  #min = Infinity;
  #max = -Infinity;

  push(value: number): void {
    this.#histogram.record(value);
    this.#n++;
    const deviation = value - this.#mean;
    this.#mean += deviation / this.#n;
    this.#squares += deviation * (value - this.#mean);
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
  }

  figures(): MetricFigures {
    const n = this.#n;
    return {
      n,
      effectiveN: n,
      mean: this.#mean,
      meanInterval: null,
      standardDeviation: Math.sqrt(this.#squares / (n - 1)),
      min: this.#min,
      max: this.#max,
      percentiles: PERCENTS.map((percent) => {
        const isHidden = resolutionOf(percent, n) === 'hidden';
        return {
          percent,
          value: isHidden ? null : (this.#histogram.percentile(percent) ?? null),
          resolution: isHidden ? 'hidden' : 'not-resolved',
          interval: null,
        };
      }),
    };
  }
}
