import { type Clock, timerMs } from '../../src/base/clock.ts';
import { type Timer, TimerHeap } from '../../src/base/timer-heap.ts';
import { LatenessGauge } from './lateness.ts';

interface LiveTimer extends Timer {
  /** Earliest time it could have run. */
  dueMs: number;
}

/** How late Node runs a timer on an idle machine, in the middle; measured. */
const LAG_MS = 0.25;
/** System timers count whole milliseconds: what is due within half of one is due now. */
const TOLERANCE_MS = 0.5 + LAG_MS;

/**
 * Real time for the mocks: all timers hang on one system timer set to the earliest absolute due
 * time, so that hundreds of streams neither drift nor fill Node's timer lists, and every firing
 * is measured against when it was due. A timer may run early by less than a
 * millisecond: rounded so, times are right in the middle instead of always late.
 */
export class LiveClock implements Clock {
  readonly lateness = new LatenessGauge();
  readonly #timers = new TimerHeap<LiveTimer>();
  #order = 0;
  #timeout: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
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
    clearTimeout(this.#timeout);
    clearImmediate(this.#immediate);
    this.#armedForMs = dueMs;
    const waitMs = Math.round(dueMs - LAG_MS - performance.now());
    // No system timer is shorter than a millisecond. One beyond their reach is looked at early and armed again.
    if (waitMs < 1) this.#immediate = setImmediate(this.#fire);
    else this.#timeout = setTimeout(this.#fire, timerMs(waitMs));
  }

  readonly #fire = (): void => {
    this.#armedForMs = Infinity;
    let nowMs = performance.now();
    for (
      let next = this.#timers.peek();
      next && next.atMs <= nowMs + TOLERANCE_MS;
      next = this.#timers.peek()
    ) {
      this.#timers.pop();
      if (next.run === cancelled) continue;
      this.lateness.record(Math.max(0, nowMs - next.dueMs));
      next.run();
      nowMs = performance.now();
    }
    const next = this.#timers.peek();
    if (next && next.atMs < this.#armedForMs) this.#arm(next.atMs);
  };
}

const cancelled = (): void => {};
