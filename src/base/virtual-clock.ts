import type { Clock } from './clock.ts';
import { type Timer, TimerHeap } from './timer-heap.ts';

/**
 * A clock that moves only when told. Timers fire in due order, ties in the order they were set,
 * and see `nowMs()` equal to their due time.
 */
export class VirtualClock implements Clock {
  #nowMs: number;
  #order = 0;
  readonly #epochMs: number;
  readonly #timers = new TimerHeap();

  /** @param epochMs wall time at virtual zero */
  constructor(epochMs = 1_790_000_000_000) {
    this.#nowMs = 0;
    this.#epochMs = epochMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#epochMs + this.#nowMs;
  }

  at(atMs: number, run: () => void): () => void {
    const timer: Timer = { atMs: Math.max(atMs, this.#nowMs), order: this.#order++, run };
    this.#timers.push(timer);
    return () => {
      timer.run = () => {};
    };
  }

  /** Due time of the next timer, or undefined when none is set. */
  nextDueMs(): number | undefined {
    return this.#timers.peek()?.atMs;
  }

  /** Moves to `toMs`, firing everything due on the way. */
  advanceTo(toMs: number): void {
    for (let next = this.#timers.peek(); next && next.atMs <= toMs; next = this.#timers.peek()) {
      this.#timers.pop();
      this.#nowMs = next.atMs;
      next.run();
    }
    this.#nowMs = Math.max(this.#nowMs, toMs);
  }

  advanceBy(ms: number): void {
    this.advanceTo(this.#nowMs + ms);
  }

  /** Fires timers until none is left. */
  runToIdle(): void {
    for (let due = this.nextDueMs(); due !== undefined; due = this.nextDueMs()) this.advanceTo(due);
  }
}
