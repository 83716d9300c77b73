import { latencyMs, type Sample, ttftMs } from '../load/sample.ts';

/** What came in since the last look. */
export interface SamplesEvent {
  type: 'samples';
  servedBy: Readonly<Record<string, number>>;
  ttftMsP50: number | undefined;
  latencyMsP50: number | undefined;
  /** Of answers that report cached tokens. */
  promptTokens: number;
  cachedTokens: number;
}

/** Values kept per look; more do not move a median that is drawn eight steps high. */
const VALUES_MAX = 64;

/** Counts samples as they come, so that a view costs the load generator next to nothing. */
export class SampleTally {
  #servedBy: Record<string, number> = {};
  #ttftsMs: number[] = [];
  #latenciesMs: number[] = [];
  #promptTokens = 0;
  #cachedTokens = 0;

  add(sample: Sample): void {
    if (sample.failure !== undefined) return;
    const { servedBy, cachedTokens, promptTokens } = sample;
    if (servedBy !== undefined) this.#servedBy[servedBy] = (this.#servedBy[servedBy] ?? 0) + 1;
    if (cachedTokens !== undefined && promptTokens !== undefined) {
      this.#promptTokens += promptTokens;
      this.#cachedTokens += cachedTokens;
    }
    if (this.#latenciesMs.length >= VALUES_MAX) return;
    this.#latenciesMs.push(latencyMs(sample));
    const firstMs = ttftMs(sample);
    if (firstMs !== undefined) this.#ttftsMs.push(firstMs);
  }

  /** Everything since the last call. */
  take(): SamplesEvent {
    const event: SamplesEvent = {
      type: 'samples',
      servedBy: this.#servedBy,
      ttftMsP50: medianOf(this.#ttftsMs),
      latencyMsP50: medianOf(this.#latenciesMs),
      promptTokens: this.#promptTokens,
      cachedTokens: this.#cachedTokens,
    };
    this.#servedBy = {};
    this.#ttftsMs = [];
    this.#latenciesMs = [];
    this.#promptTokens = 0;
    this.#cachedTokens = 0;
    return event;
  }
}

/** The upper median; undefined for no values. */
export function medianOf(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
