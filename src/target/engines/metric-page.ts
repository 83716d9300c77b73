import { addTo, groupBy, sumOf } from '../../base/lists.ts';
import type { MetricFamily, MetricSample } from '../../protocol/prometheus.ts';

/**
 * A metrics page asked by name, however an exporter spells it: `vllm:x_total`, `vllm_x_total`
 * (pipelines that forbid colons), `ray_vllm_x` (Ray Serve) and `vllm:x` (OpenMetrics) are one.
 */
export class MetricPage {
  readonly #samples: ReadonlyMap<string, readonly MetricSample[]>;

  /** Why it is empty, or what of it was left out; null when all was read. */
  readonly problem: string | null;

  constructor(families: readonly MetricFamily[], problem: string | null = null) {
    this.problem = problem;
    this.#samples = groupBy(
      families.flatMap((family) => family.samples),
      (it) => keyOf(it.name),
    );
  }

  /** Nothing was read. */
  get isEmpty(): boolean {
    return this.#samples.size === 0;
  }

  /** Whether any name begins with this, `vllm` for `vllm:…` and `vllm_…`. */
  hasPrefix(prefix: string): boolean {
    return [...this.#samples.keys()].some((key) => key.startsWith(`${prefix}_`));
  }

  /** All series of a counter or gauge; a page with both spellings counts each once. */
  series(name: string): readonly MetricSample[] {
    const key = keyOf(name).replace(/_total$/, '');
    return this.#samples.get(`${key}_total`) ?? this.#samples.get(key) ?? [];
  }

  /** Sum over all labels, since a multi-process engine has a series per process, of the first name there is. */
  total(...names: string[]): number | null {
    const series = names.map((name) => this.series(name)).find((it) => it.length > 0);
    return series === undefined ? null : sumOf(series, (it) => it.value);
  }

  /** Largest value over all series; processes of one rank repeat a gauge. */
  largest(name: string): number | null {
    const values = this.series(name)
      .map(({ value }) => value)
      .filter(Number.isFinite);
    return values.length === 0 ? null : Math.max(...values);
  }

  /** Sums by the value of one label; null without the counter. */
  by(name: string, label: string): Record<string, number> | null {
    const series = this.series(name).filter(({ labels }) => labels[label] !== undefined);
    if (series.length === 0) return null;
    const sums: Record<string, number> = {};
    for (const { labels, value } of series) addTo(sums, labels[label]!, value);
    return sums;
  }

  /** Numbers that the series of an information gauge carry in a label; `None` and the like are left out. */
  numbers(name: string, label: string): number[] {
    return this.labels(name, label)
      .map(Number)
      .filter((it) => Number.isFinite(it) && it > 0);
  }

  labels(name: string, label: string): string[] {
    return this.series(name).flatMap(({ labels }) => labels[label] ?? []);
  }

  /** How many different values a label has over the whole page; 1 where it is not used. */
  count(label: string): number {
    const values = new Set<string>();
    for (const series of this.#samples.values()) {
      for (const { labels } of series) if (labels[label]) values.add(labels[label]);
    }
    return Math.max(1, values.size);
  }
}

function keyOf(name: string): string {
  return name.replaceAll(':', '_').replace(/^ray_/, '');
}
