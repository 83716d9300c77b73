import type { MetricFamily, MetricSample } from '../protocol/prometheus.ts';

/** Combinations of label values one family holds at most; hostile input must not grow memory. */
const CHILDREN_MAX = 1_000;
/** Longest label value kept; more is cut. */
const LABEL_LENGTH_MAX = 128;
const OVERFLOW_VALUE = 'other';

/** One time series that goes up, or (as a gauge) up and down. */
export class ValueSeries {
  value = 0;

  inc(by = 1): void {
    this.value += by;
  }

  set(value: number): void {
    this.value = value;
  }
}

/** One histogram series with fixed upper bounds. */
export class HistogramSeries {
  readonly bounds: readonly number[];
  /** Not cumulative; the last one counts what is above every bound. */
  readonly counts: Float64Array;
  sum = 0;
  count = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const { bounds, counts } = this;
    let index = 0;
    while (index < bounds.length && value > bounds[index]!) index++;
    counts[index]! += 1;
    this.sum += value;
    this.count += 1;
  }
}

/**
 * A metric with labels. Callers keep the series they use (`withLabels` once, then `inc`), so that a
 * request builds no label objects.
 */
export class LabelledMetric<Series> {
  readonly name: string;
  readonly #labelNames: readonly string[];
  readonly #create: () => Series;
  readonly #series = new Map<string, { labels: Record<string, string>; series: Series }>();

  constructor(name: string, labelNames: readonly string[], create: () => Series) {
    this.name = name;
    this.#labelNames = labelNames;
    this.#create = create;
  }

  /** The series of these label values; beyond the bound on series, one shared series labelled `other`. */
  withLabels(...values: readonly string[]): Series {
    const known = this.#series.get(keyOf(values));
    if (known) return known.series;
    const cut = values.map((value) => value.slice(0, LABEL_LENGTH_MAX));
    const same = this.#series.get(keyOf(cut));
    if (same) return same.series;
    if (this.#series.size < CHILDREN_MAX) return this.#add(cut);
    const overflow = this.#labelNames.map(() => OVERFLOW_VALUE);
    return this.#series.get(keyOf(overflow))?.series ?? this.#add(overflow);
  }

  *entries(): Iterable<{ labels: Readonly<Record<string, string>>; series: Series }> {
    yield* this.#series.values();
  }

  #add(values: readonly string[]): Series {
    const labels = Object.fromEntries(this.#labelNames.map((name, at) => [name, values[at] ?? '']));
    const series = this.#create();
    this.#series.set(keyOf(values), { labels, series });
    return series;
  }
}

function keyOf(values: readonly string[]): string {
  return values.length === 1 ? values[0]! : values.join('\u0000');
}

export type ValueMetric = LabelledMetric<ValueSeries>;
export type HistogramMetric = LabelledMetric<HistogramSeries>;

export interface MetricInfo {
  name: string;
  help: string;
  labels?: readonly string[];
}

/** All metrics of one gateway. */
export class MetricRegistry {
  readonly #collectors: (() => readonly MetricFamily[])[] = [];
  /** By name: parts built anew by a reload go on counting where their predecessors stopped. */
  readonly #known = new Map<string, unknown>();

  counter(info: MetricInfo): ValueMetric {
    return this.#values(info, 'counter');
  }

  gauge(info: MetricInfo): ValueMetric {
    return this.#values(info, 'gauge');
  }

  /** `bounds` are upper bucket limits in the unit the name ends in, rising. */
  histogram(info: MetricInfo, bounds: readonly number[]): HistogramMetric {
    const known = this.#known.get(info.name) as HistogramMetric | undefined;
    if (known) return known;
    const metric = new LabelledMetric(
      info.name,
      info.labels ?? [],
      () => new HistogramSeries(bounds),
    );
    this.#known.set(info.name, metric);
    this.#collectors.push(() => [
      {
        name: info.name,
        help: info.help,
        type: 'histogram',
        samples: [...metric.entries()].flatMap(({ labels, series }) =>
          histogramSamples(info.name, labels, series),
        ),
      },
    ]);
    return metric;
  }

  /** Adds families computed when somebody asks. The returned function removes them again. */
  onCollect(collect: () => readonly MetricFamily[]): () => void {
    this.#collectors.push(collect);
    return () => {
      const index = this.#collectors.indexOf(collect);
      if (index !== -1) this.#collectors.splice(index, 1);
    };
  }

  /** Families with at least one sample. */
  collect(): MetricFamily[] {
    return this.#collectors.flatMap((it) => it()).filter((family) => family.samples.length > 0);
  }

  #values(info: MetricInfo, type: 'counter' | 'gauge'): ValueMetric {
    const known = this.#known.get(info.name) as ValueMetric | undefined;
    if (known) return known;
    const metric = new LabelledMetric(info.name, info.labels ?? [], () => new ValueSeries());
    this.#known.set(info.name, metric);
    this.#collectors.push(() => [
      {
        name: info.name,
        help: info.help,
        type,
        samples: [...metric.entries()].map(({ labels, series }) => ({
          name: info.name,
          labels,
          value: series.value,
        })),
      },
    ]);
    return metric;
  }
}

function histogramSamples(
  name: string,
  labels: Readonly<Record<string, string>>,
  series: HistogramSeries,
): MetricSample[] {
  let cumulative = 0;
  const buckets = [...series.counts].map((count, index) => {
    cumulative += count;
    const le = series.bounds[index] ?? '+Inf';
    return { name: `${name}_bucket`, labels: { ...labels, le: String(le) }, value: cumulative };
  });
  return [
    ...buckets,
    { name: `${name}_sum`, labels, value: series.sum },
    { name: `${name}_count`, labels, value: series.count },
  ];
}
