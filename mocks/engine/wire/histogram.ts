import type { MetricFamily, MetricSample } from '../../../src/protocol/prometheus.ts';
import { pythonFloat } from './python-text.ts';

/** Buckets of vLLM's `time_to_first_token_seconds`. */
export const TTFT_BUCKETS_S: readonly number[] = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80,
  160, 640, 2_560,
];

/** Buckets of vLLM's end-to-end, queue, prefill, decode and inference times. */
export const REQUEST_BUCKETS_S: readonly number[] = [
  0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1_920, 7_680,
];

/** Buckets of vLLM's time between output tokens. */
export const TOKEN_BUCKETS_S: readonly number[] = [
  0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80,
];

/** A Prometheus histogram without labels of its own. */
export class Histogram {
  readonly #edges: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  constructor(edges: readonly number[]) {
    this.#edges = edges;
    this.#counts = edges.map(() => 0);
  }

  observe(value: number, times = 1): void {
    this.#sum += value * times;
    this.#count += times;
    let bucket = 0;
    while (bucket < this.#edges.length && value > this.#edges[bucket]!) bucket++;
    if (bucket < this.#edges.length) this.#counts[bucket]! += times;
  }

  family(name: string, help: string, labels: Readonly<Record<string, string>>): MetricFamily {
    const samples: MetricSample[] = [];
    let cumulative = 0;
    for (const [index, edge] of this.#edges.entries()) {
      cumulative += this.#counts[index]!;
      samples.push({
        name: `${name}_bucket`,
        labels: { ...labels, le: pythonFloat(edge) },
        value: cumulative,
      });
    }
    samples.push({ name: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: this.#count });
    samples.push({ name: `${name}_sum`, labels, value: this.#sum });
    samples.push({ name: `${name}_count`, labels, value: this.#count });
    return { name, help, type: 'histogram', samples };
  }
}
