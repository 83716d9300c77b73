import type { MetricRegistry, ValueSeries } from '../../protocol/metric-registry.ts';

export interface SharingMetrics {
  up: ValueSeries;
  sent: ValueSeries;
  received: ValueSeries;
  dropped: ValueSeries;
}

/** What is told of memory shared through a store. */
export function sharingMetrics(registry: MetricRegistry): SharingMetrics {
  const notes = registry.counter({
    name: 'kvcache_shared_memory_notes_total',
    help: 'Notes of what was sent where: sent to the store, received from it, dropped.',
    labels: ['direction'],
  });
  const up = registry.gauge({
    name: 'kvcache_shared_memory_up',
    help: '1 while the store of the shared memory is reached.',
  });
  return {
    up: up.withLabels(),
    sent: notes.withLabels('sent'),
    received: notes.withLabels('received'),
    dropped: notes.withLabels('dropped'),
  };
}
