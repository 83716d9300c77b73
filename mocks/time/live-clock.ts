import type { Clock } from '../../src/base/clock.ts';
import { type Timer, TimerHeap } from '../../src/base/timer-heap.ts';
import { LatenessGauge } from './lateness.ts';

interface LiveTimer extends Timer {
  /** Earliest time it could have run. */
  dueMs: number;
}

/** Node takes longer ones for 1 ms; what fires too early is set again. */
const TIMEOUT_MS_MAX = 0x7fff_ffff;

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
    const waitMs = Math.max(0, dueMs - performance.now());
    this.#armed = setTimeout(this.#fire, Math.min(waitMs, TIMEOUT_MS_MAX));
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
