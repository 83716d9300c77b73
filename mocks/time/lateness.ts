import { Histogram } from '../../src/protocol/metric-family.ts';
import type { MetricFamily } from '../../src/protocol/prometheus.ts';

/** Upper edges of the lateness buckets, in milliseconds. */
const LATENESS_EDGES_MS: readonly number[] = [
  0.5, 1, 2, 3, 5, 8, 13, 20, 35, 50, 100, 200, 500, 1_000,
];

export interface LatenessReport {
  timers: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  /** False when the p99 is over the bound: the times this process simulated were not kept. */
  isTrustworthy: boolean;
  boundMs: number;
}

/** A shared two-core machine under load keeps 1 ms timers within about 10 ms at p99. */
const DEFAULT_BOUND_MS = 20;

/** With fewer timers a p99 is one outlier. */
const TIMERS_MIN = 100;

/** Quantiles are exact to this much: the verdict must not depend on where a coarse bucket ends. */
const RESOLUTION_MS = 0.05;

/** Up to one second; later ones share the last cell. */
const CELLS = Math.round(1_000 / RESOLUTION_MS) + 1;

/** How late timers fired: what a mock must know of itself before anyone trusts its latencies. */
export class LatenessGauge {
  readonly #histogram = new Histogram(LATENESS_EDGES_MS);
  readonly #cells = new Uint32Array(CELLS);
  #timers = 0;
  #maxMs = 0;
  readonly #boundMs: number;

  constructor(boundMs = DEFAULT_BOUND_MS) {
    this.#boundMs = boundMs;
  }

  record(lateMs: number): void {
    this.#timers++;
    if (lateMs > this.#maxMs) this.#maxMs = lateMs;
    this.#histogram.observe(lateMs);
    this.#cells[Math.min(CELLS - 1, Math.max(0, Math.ceil(lateMs / RESOLUTION_MS)))]!++;
  }

  report(): LatenessReport {
    const p99Ms = this.#quantile(0.99);
    return {
      timers: this.#timers,
      p50Ms: this.#quantile(0.5),
      p99Ms,
      maxMs: this.#maxMs,
      isTrustworthy: this.#timers < TIMERS_MIN || p99Ms <= this.#boundMs,
      boundMs: this.#boundMs,
    };
  }

  /** As a Prometheus histogram: not a metric of any real engine, but what makes latencies believable. */
  family(): MetricFamily {
    const name = 'kvcache_mock_timer_lateness_ms';
    const samples = this.#histogram.samples(name, {}, String);
    return { name, help: 'How late simulated times came.', type: 'histogram', samples };
  }

  reset(): void {
    this.#histogram.reset();
    this.#cells.fill(0);
    this.#timers = 0;
    this.#maxMs = 0;
  }

  /** Nearest rank, rounded up to the resolution; the maximum for everything beyond the last cell. */
  #quantile(share: number): number {
    const rank = Math.ceil(share * this.#timers);
    if (rank === 0) return 0;
    let seen = 0;
    for (let cell = 0; cell < CELLS - 1; cell++) {
      seen += this.#cells[cell]!;
      if (seen >= rank) return Math.min(cell / (1 / RESOLUTION_MS), this.#maxMs);
    }
    return this.#maxMs;
  }
}
