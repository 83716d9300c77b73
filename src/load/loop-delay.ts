import { createHistogram, performance } from 'node:perf_hooks';

const INTERVAL_MS = 10;
const NS_PER_MS = 1e6;

/**
 * How late the event loop's turns come, only while it is watched. Node's own monitor cannot be paused: what
 * happens in between would count as one huge delay.
 */
export class LoopDelay {
  /** Nanoseconds from one tick to the next. */
  readonly #ticks = createHistogram();
  #timer: NodeJS.Timeout | undefined;
  #lastMs = 0;

  start(): void {
    this.#lastMs = performance.now();
    this.#timer = setInterval(() => this.#tick(), INTERVAL_MS);
  }

  /** What is blocked at this moment, and would have been late, counts too. */
  stop(): void {
    clearInterval(this.#timer);
    if (performance.now() - this.#lastMs > INTERVAL_MS) this.#tick();
  }

  /** Beyond the interval; 0 before the first tick. */
  get meanMs(): number {
    return beyond(this.#ticks.mean);
  }

  /** Beyond the interval; 0 before the first tick. */
  get p99Ms(): number {
    return beyond(this.#ticks.percentile(99));
  }

  #tick(): void {
    const nowMs = performance.now();
    this.#ticks.record(Math.max(1, Math.round((nowMs - this.#lastMs) * NS_PER_MS)));
    this.#lastMs = nowMs;
  }
}

function beyond(ticksNs: number): number {
  return Math.max(0, ticksNs / NS_PER_MS - INTERVAL_MS) || 0;
}
