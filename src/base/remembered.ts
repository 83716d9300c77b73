import type { Clock } from './clock.ts';

export interface RememberedOptions<T> {
  clock: Clock;
  ask: () => Promise<T>;
  /** A value that has what is wanted is made sure of, beside its use, after so long. */
  freshMs: number;
  /** A value that lacks it is asked for again after so long. */
  retryMs: number;
}

/** An answer that is remembered, since it seldom changes. One question at a time, whoever wants to know. */
export class Remembered<T> {
  readonly #options: RememberedOptions<T>;
  #known: { value: T; atMs: number } | undefined;
  #asking: Promise<T> | undefined;

  constructor(options: RememberedOptions<T>) {
    this.#options = options;
  }

  /**
   * The value, asked for anew when it is not what is wanted and was not asked for just now.
   * Rejects as `ask` does.
   */
  async get(isWanted: (value: T) => boolean): Promise<T> {
    const { clock, freshMs, retryMs } = this.#options;
    if (!this.#known) return this.#ask();
    const { value, atMs } = this.#known;
    const ageMs = clock.nowMs() - atMs;
    if (isWanted(value)) {
      if (ageMs >= freshMs) this.#ask().catch(() => {});
      return value;
    }
    return ageMs < retryMs ? value : this.#ask();
  }

  #ask(): Promise<T> {
    const { ask, clock } = this.#options;
    this.#asking ??= ask()
      .then((value) => {
        this.#known = { value, atMs: clock.nowMs() };
        return value;
      })
      .finally(() => {
        this.#asking = undefined;
      });
    return this.#asking;
  }
}
