import { metricFamily } from '../../protocol/metric-family.ts';
import type { MetricRegistry, ValueMetric } from '../../protocol/metric-registry.ts';
import type { MetricFamily } from '../../protocol/prometheus.ts';

/** As much of an engine as is shown. */
interface ShownEngine {
  readonly endpointId: string;
  readonly isHeard: boolean;
  readonly blocks: { readonly count: number };
}

/** How well the engines' KV events are heard. */
export class KvEventMetrics {
  readonly events: ValueMetric;
  readonly gaps: ValueMetric;

  constructor(registry: MetricRegistry) {
    this.events = registry.counter({
      name: 'kvcache_kv_events_total',
      help: 'KV events of each engine that were followed.',
      labels: ['endpoint'],
    });
    this.gaps = registry.counter({
      name: 'kvcache_kv_event_gaps_total',
      help: 'Batches missing: refilled by a replay, or lost with all that was known of the engine.',
      labels: ['endpoint', 'outcome'],
    });
  }

  /** The returned function ends it. */
  watch(registry: MetricRegistry, engines: readonly ShownEngine[]): () => void {
    const gauge = (name: string, help: string, read: (it: ShownEngine) => number): MetricFamily =>
      metricFamily(
        { name, help, type: 'gauge' },
        engines.map((it) => ({ labels: { endpoint: it.endpointId }, value: read(it) })),
      );
    return registry.onCollect(() => [
      gauge('kvcache_kv_events_heard', '1 while all events of the engine are known.', (it) =>
        Number(it.isHeard),
      ),
      gauge(
        'kvcache_kv_event_blocks',
        'Blocks the engine holds, by its events.',
        (it) => it.blocks.count,
      ),
    ]);
  }
}
