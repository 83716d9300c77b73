import { Histogram, type Labels, metricFamily } from './metric-family.ts';
import type { MetricFamily, MetricType } from './prometheus.ts';

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
}

interface LabelledSeries<Series> {
  labels: Labels;
  series: Series;
}

/**
 * A metric with labels. Callers keep the series they use (`withLabels` once, then `inc`), so that a
 * request builds no label objects.
 */
export class LabelledMetric<Series> {
  readonly #labelNames: readonly string[];
  readonly #create: () => Series;
  readonly #series = new Map<string, LabelledSeries<Series>>();

  constructor(labelNames: readonly string[], create: () => Series) {
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

  entries(): Iterable<LabelledSeries<Series>> {
    return this.#series.values();
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
export type HistogramMetric = LabelledMetric<Histogram>;

export interface MetricInfo {
  name: string;
  help: string;
  labels?: readonly string[];
}

/** All metrics of one process. */
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
    return this.#metric(info, {
      create: () => new Histogram(bounds),
      family: ({ name, help }, series) => ({
        name,
        help,
        type: 'histogram',
        samples: series.flatMap((it) => it.series.samples(name, it.labels, String)),
      }),
    });
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

  #values(info: MetricInfo, type: MetricType): ValueMetric {
    return this.#metric(info, {
      create: () => new ValueSeries(),
      family: ({ name, help }, series) =>
        metricFamily(
          { name, help, type },
          series.map((it) => ({ labels: it.labels, value: it.series.value })),
        ),
    });
  }

  #metric<Series>(info: MetricInfo, kind: MetricKind<Series>): LabelledMetric<Series> {
    const known = this.#known.get(info.name) as LabelledMetric<Series> | undefined;
    if (known) return known;
    const metric = new LabelledMetric(info.labels ?? [], kind.create);
    this.#known.set(info.name, metric);
    this.#collectors.push(() => [kind.family(info, [...metric.entries()])]);
    return metric;
  }
}

interface MetricKind<Series> {
  create: () => Series;
  family: (info: MetricInfo, series: readonly LabelledSeries<Series>[]) => MetricFamily;
}
