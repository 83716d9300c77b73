import type { Clock } from '../base/clock.ts';

/**
 * One time limit for many attempts. The limit is the same for all, so they expire in the order they
 * started and a single timer on the oldest one will do.
 */
export class Deadlines<Attempt> {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #onExpired: (attempt: Attempt) => void;
  /** Attempt → when it expires; a Map keeps the order of insertion. */
  readonly #expiry = new Map<Attempt, number>();
  #cancelTimer: (() => void) | undefined;

  constructor(clock: Clock, limitMs: number, onExpired: (attempt: Attempt) => void) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#onExpired = onExpired;
  }

  add(attempt: Attempt): void {
    this.#expiry.set(attempt, this.#clock.nowMs() + this.#limitMs);
    if (this.#cancelTimer === undefined) this.#arm();
  }

  remove(attempt: Attempt): void {
    this.#expiry.delete(attempt);
  }

  /** Attempts not removed yet. */
  get pending(): IterableIterator<Attempt> {
    return this.#expiry.keys();
  }

  close(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#expiry.clear();
  }

  #arm(): void {
    const [next] = this.#expiry.values();
    if (next === undefined) return;
    this.#cancelTimer = this.#clock.at(next, () => {
      this.#cancelTimer = undefined;
      this.#expire();
      this.#arm();
    });
  }

  #expire(): void {
    const nowMs = this.#clock.nowMs();
    for (const [attempt, expiryMs] of this.#expiry) {
      if (expiryMs > nowMs) return;
      this.#expiry.delete(attempt);
      this.#onExpired(attempt);
    }
  }
}
