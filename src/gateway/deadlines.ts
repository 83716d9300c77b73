import type { Clock } from '../base/clock.ts';

export interface Deadline {
  readonly atMs: number;
  readonly run: () => void;
}

/** How late a deadline may fire. */
const TICK_MS = 20;

/** One timer for all requests in flight, where one per request would cost more than the wait is worth. */
export class Deadlines {
  readonly #clock: Clock;
  readonly #pending = new Set<Deadline>();
  #isTicking = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `run` once `afterMs` have passed, at most one tick late. */
  add(afterMs: number, run: () => void): Deadline {
    const deadline = { atMs: this.#clock.nowMs() + afterMs, run };
    this.#pending.add(deadline);
    if (!this.#isTicking) this.#tick();
    return deadline;
  }

  remove(deadline: Deadline): void {
    this.#pending.delete(deadline);
  }

  #tick(): void {
    this.#isTicking = this.#pending.size > 0;
    if (this.#isTicking) this.#clock.at(this.#clock.nowMs() + TICK_MS, () => this.#sweep());
  }

  #sweep(): void {
    const nowMs = this.#clock.nowMs();
    for (const deadline of this.#pending) {
      if (deadline.atMs > nowMs) continue;
      this.#pending.delete(deadline);
      deadline.run();
    }
    this.#tick();
  }
}
