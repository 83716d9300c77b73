import type { MetricFamily } from '../../../protocol/prometheus.ts';

/** Each worker's series with its number as a label: sums over them are what one process would show. */
export function mergedMetrics(
  byWorker: ReadonlyMap<number, readonly MetricFamily[]>,
  wanted: number,
): MetricFamily[] {
  const merged = new Map<string, MetricFamily>();
  for (const [worker, families] of byWorker) {
    for (const family of families) {
      const samples = family.samples.map((it) => ({
        ...it,
        labels: { ...it.labels, worker: String(worker) },
      }));
      const known = merged.get(family.name);
      merged.set(family.name, { ...family, samples: [...(known?.samples ?? []), ...samples] });
    }
  }
  const gauge = (name: string, help: string, value: number): MetricFamily => ({
    name,
    help,
    type: 'gauge',
    samples: [{ name, labels: {}, value }],
  });
  return [
    gauge('kvcache_workers', 'Worker processes that are meant to serve.', wanted),
    gauge('kvcache_workers_told', 'Workers whose metrics are in this page.', byWorker.size),
    ...merged.values(),
  ];
}
