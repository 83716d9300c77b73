import { type Histogram, type Labels, metricFamily } from '../../../src/protocol/metric-family.ts';
import type { MetricFamily, MetricType } from '../../../src/protocol/prometheus.ts';
import { pythonFloat } from '../../python/python-text.ts';

type Described = [name: string, help: string, labels: Labels, value: number];

export function gauge(...[name, help, labels, value]: Described): MetricFamily {
  return metricFamily({ name, help, type: 'gauge' }, [{ labels, value }]);
}

/** Its name ends in `_total`. */
export function counter(...[base, help, labels, value]: Described): MetricFamily {
  return metricFamily({ name: `${base}_total`, help, type: 'counter' }, [{ labels, value }]);
}

export function histogram(
  ...[name, help, labels, series]: [name: string, help: string, labels: Labels, series: Histogram]
): MetricFamily {
  return { name, help, type: 'histogram', samples: series.samples(name, labels, pythonFloat) };
}

type By = [base: string, label: [name: string, others: Labels], values: Record<string, number>];

/** One series per value of a label. */
export function counterBy(...[base, label, values]: By): MetricFamily {
  return familyBy('counter', `${base}_total`, label, values);
}

export function gaugeBy(...[name, label, values]: By): MetricFamily {
  return familyBy('gauge', name, label, values);
}

function familyBy(type: MetricType, ...[name, [label, others], values]: By): MetricFamily {
  const subject = name.replace(/^vllm:|_total$/g, '').replaceAll('_', ' ');
  // In alphabetical order, as vLLM has them.
  const names = [label, ...Object.keys(others)].toSorted();
  const points = Object.entries(values).map(([it, value]) => {
    const labels = names.map((key) => [key, key === label ? it : others[key]!]);
    return { labels: Object.fromEntries(labels) as Labels, value };
  });
  return metricFamily({ name, help: `Of ${subject}.`, type }, points);
}

/** Behind each counter and histogram the gauge that `prometheus_client` adds: when each series was made. */
export function withCreated(families: readonly MetricFamily[], createdS: number): MetricFamily[] {
  return families.flatMap((it) => (it.type === 'gauge' ? [it] : [it, createdOf(it, createdS)]));
}

function createdOf({ name: of, help, type, samples }: MetricFamily, value: number): MetricFamily {
  const name = `${type === 'counter' ? of.replace(/_total$/, '') : of}_created`;
  const series = samples.filter((it) => type === 'counter' || it.name.endsWith('_count'));
  return metricFamily(
    { name, help, type: 'gauge' },
    series.map(({ labels }) => ({ labels, value })),
  );
}
