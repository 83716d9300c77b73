import type { Clock } from '../../src/base/clock.ts';
import { type Timer, TimerHeap } from '../../src/base/timer-heap.ts';
import { LatenessGauge } from './lateness.ts';

/** Node takes a longer timeout for none at all. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

interface LiveTimer extends Timer {
  /** Earliest time it could have run. */
  dueMs: number;
}

/**
 * Real time for the mocks: all timers hang on one system timer set to the earliest absolute due
 * time, so that hundreds of streams neither drift nor fill Node's timer lists, and every firing
 * is measured against when it was due.
 */
export class LiveClock implements Clock {
  readonly lateness = new LatenessGauge();
  readonly #timers = new TimerHeap<LiveTimer>();
  #order = 0;
  #armed: NodeJS.Timeout | undefined;
  #armedForMs = Infinity;

  nowMs(): number {
    return performance.now();
  }

  wallMs(): number {
    return Date.now();
  }

  at(atMs: number, run: () => void): () => void {
    // What was due before it was set can only be late from now on.
    const dueMs = Math.max(atMs, performance.now());
    const timer = { atMs, dueMs, order: this.#order++, run };
    this.#timers.push(timer);
    if (atMs < this.#armedForMs) this.#arm(atMs);
    return () => {
      timer.run = cancelled;
    };
  }

  #arm(dueMs: number): void {
    clearTimeout(this.#armed);
    this.#armedForMs = dueMs;
    const inMs = Math.min(TIMEOUT_MS_MAX, Math.max(0, dueMs - performance.now()));
    this.#armed = setTimeout(this.#fire, inMs);
  }

  readonly #fire = (): void => {
    this.#armedForMs = Infinity;
    let nowMs = performance.now();
    for (let next = this.#timers.peek(); next && next.atMs <= nowMs; next = this.#timers.peek()) {
      this.#timers.pop();
      if (next.run === cancelled) continue;
      this.lateness.record(nowMs - next.dueMs);
      next.run();
      nowMs = performance.now();
    }
    const next = this.#timers.peek();
    if (next && next.atMs < this.#armedForMs) this.#arm(next.atMs);
  };
}

const cancelled = (): void => {};
