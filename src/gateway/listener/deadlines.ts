import type { Clock } from '../../base/clock.ts';

export interface Deadline {
  readonly atMs: number;
  /** Undefined once it has fired or been removed. */
  run: (() => void) | undefined;
  previous: Deadline | undefined;
  next: Deadline | undefined;
}

/** How late a deadline may fire. */
const TICK_MS = 20;

/**
 * One timer for all requests in flight, where one per request would cost more than the wait is worth.
 * A linked list whose removed members point nowhere: a `Set` of short-lived entries keeps its old
 * tables, and they the requests, alive until the next full collection.
 */
export class Deadlines {
  readonly #clock: Clock;
  #first: Deadline | undefined;
  #isTicking = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `run` once `afterMs` have passed, at most one tick late. */
  add(afterMs: number, run: () => void): Deadline {
    const deadline: Deadline = {
      atMs: this.#clock.nowMs() + afterMs,
      run,
      previous: undefined,
      next: this.#first,
    };
    if (this.#first) this.#first.previous = deadline;
    this.#first = deadline;
    if (!this.#isTicking) this.#tick();
    return deadline;
  }

  remove(deadline: Deadline): void {
    if (!deadline.run) return;
    const { previous, next } = deadline;
    if (previous) previous.next = next;
    else this.#first = next;
    if (next) next.previous = previous;
    deadline.run = undefined;
    deadline.previous = undefined;
    deadline.next = undefined;
  }

  #tick(): void {
    this.#isTicking = this.#first !== undefined;
    if (this.#isTicking) this.#clock.at(this.#clock.nowMs() + TICK_MS, () => this.#sweep());
  }

  #sweep(): void {
    const nowMs = this.#clock.nowMs();
    const due: (() => void)[] = [];
    for (let it = this.#first; it;) {
      const { next, run } = it;
      if (it.atMs <= nowMs) {
        this.remove(it);
        due.push(run!);
      }
      it = next;
    }
    for (const run of due) run();
    this.#tick();
  }
}
