import type { MetricFamily, MetricSample } from './prometheus.ts';

export type Labels = Readonly<Record<string, string>>;

/** A family whose samples all bear its name, as all but those of histograms do. */
export function metricFamily(
  info: Omit<MetricFamily, 'samples'>,
  points: readonly { labels: Labels; value: number }[],
): MetricFamily {
  const { name, help, type } = info;
  return {
    name,
    help,
    type,
    samples: points.map(({ labels, value }) => ({ name, labels, value })),
  };
}

/** One histogram series with fixed upper bounds, rising. */
export class Histogram {
  readonly #bounds: readonly number[];
  /** Not cumulative; the last one counts what is above every bound. */
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number, times = 1): void {
    const bounds = this.#bounds;
    let index = 0;
    while (index < bounds.length && value > bounds[index]!) index++;
    this.#counts[index]! += times;
    this.#sum += value * times;
  }

  reset(): void {
    this.#counts.fill(0);
    this.#sum = 0;
  }

  /** @param boundText how a bound is written; languages differ in whole numbers */
  samples(name: string, labels: Labels, boundText: (bound: number) => string): MetricSample[] {
    const samples: MetricSample[] = [];
    let count = 0;
    for (const [index, counted] of this.#counts.entries()) {
      count += counted;
      const bound = this.#bounds[index];
      const le = bound === undefined ? '+Inf' : boundText(bound);
      samples.push({ name: `${name}_bucket`, labels: { ...labels, le }, value: count });
    }
    samples.push({ name: `${name}_sum`, labels, value: this.#sum });
    samples.push({ name: `${name}_count`, labels, value: count });
    return samples;
  }
}
