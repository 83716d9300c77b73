import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from 'hdr-histogram-js';

const UNIT_PER_MS = 1_000;

/**
 * HDR histogram of milliseconds, kept in whole microseconds with 3 significant digits (error ≤ 0.1 %).
 * For live views, merging and export; verdicts come from raw samples. Its percentile is nearest rank,
 * reported as the upper end of the value's bucket.
 */
export class LatencyHistogram {
  readonly #histogram: Histogram;

  constructor(histogram?: Histogram) {
    this.#histogram =
      histogram ??
      build({
        lowestDiscernibleValue: 1,
        highestTrackableValue: 60_000 * UNIT_PER_MS,
        numberOfSignificantValueDigits: 3,
        autoResize: true,
      });
  }

  /** @throws RangeError for NaN, which the library would store as 0, and for negative values */
  record(ms: number): void {
    if (!(ms >= 0 && Number.isFinite(ms))) throw new RangeError(`Not a duration: ${ms}.`);
    // Decimals would be cut in the buckets but kept in the maximum.
    this.#histogram.recordValue(Math.round(ms * UNIT_PER_MS));
  }

  get count(): number {
    return this.#histogram.totalCount;
  }

  /** Undefined while empty. */
  percentile(percent: number): number | undefined {
    if (this.count === 0) return undefined;
    return this.#histogram.getValueAtPercentile(percent) / UNIT_PER_MS;
  }

  merge(other: LatencyHistogram): void {
    this.#histogram.add(other.#histogram);
  }

  /** HdrHistogram V2 compressed, base64, unit µs. */
  encode(): string {
    return encodeIntoCompressedBase64(this.#histogram);
  }

  static decode(encoded: string): LatencyHistogram {
    return new LatencyHistogram(decodeFromCompressedBase64(encoded, 32, false));
  }
}
