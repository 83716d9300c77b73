import type { MetricFamily, MetricSample, MetricType } from '../../../src/protocol/prometheus.ts';

export type Labels = Readonly<Record<string, string>>;

type Described = [name: string, help: string, labels: Labels, value: number];

export function gauge(...[name, help, labels, value]: Described): MetricFamily {
  return { name, help, type: 'gauge', samples: [{ name, labels, value }] };
}

/** Its name ends in `_total`. */
export function counter(...[base, help, labels, value]: Described): MetricFamily {
  const name = `${base}_total`;
  return { name, help, type: 'counter', samples: [{ name, labels, value }] };
}

type By = [base: string, label: [name: string, others: Labels], values: Record<string, number>];

/** One series per value of a label. */
export function counterBy(...[base, label, values]: By): MetricFamily {
  return family(`${base}_total`, 'counter', samplesBy(`${base}_total`, label, values));
}

export function gaugeBy(...[name, label, values]: By): MetricFamily {
  return family(name, 'gauge', samplesBy(name, label, values));
}

function samplesBy(...[name, [label, others], values]: By): MetricSample[] {
  // In alphabetical order, as vLLM has them.
  const names = [label, ...Object.keys(others)].toSorted();
  return Object.entries(values).map(([it, value]) => {
    const labels = names.map((key) => [key, key === label ? it : others[key]!]);
    return { name, labels: Object.fromEntries(labels) as Labels, value };
  });
}

function family(name: string, type: MetricType, samples: MetricSample[]): MetricFamily {
  const subject = name.replace(/^vllm:|_total$/g, '').replaceAll('_', ' ');
  return { name, help: `Of ${subject}.`, type, samples };
}

/** Behind each counter and histogram the gauge that `prometheus_client` adds: when each series was made. */
export function withCreated(families: readonly MetricFamily[], createdS: number): MetricFamily[] {
  return families.flatMap((it) => (it.type === 'gauge' ? [it] : [it, createdOf(it, createdS)]));
}

function createdOf({ name: of, help, type, samples }: MetricFamily, value: number): MetricFamily {
  const name = `${type === 'counter' ? of.replace(/_total$/, '') : of}_created`;
  const series = samples.filter((it) => type === 'counter' || it.name.endsWith('_count'));
  return {
    name,
    help,
    type: 'gauge',
    samples: series.map(({ labels }) => ({ name, labels, value })),
  };
}
