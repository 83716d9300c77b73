import { metricFamily } from '../../protocol/metric-family.ts';
import type { MetricFamily } from '../../protocol/prometheus.ts';
import type { HeardReading } from '../reading.ts';

interface Row {
  name: string;
  help: string;
  value: (reading: HeardReading) => number;
}

const GAUGES: readonly Row[] = [
  {
    name: 'kvcache_watch_kv_events_heard',
    help: '1 while all KV events of the engine are known.',
    value: ({ isHeard }) => Number(isHeard),
  },
  {
    name: 'kvcache_watch_kv_event_blocks',
    help: 'Blocks that the engine holds by its KV events.',
    value: ({ blocks }) => blocks,
  },
];

const COUNTERS: readonly Row[] = [
  {
    name: 'kvcache_watch_kv_events_total',
    help: 'KV events heard of the engine.',
    value: ({ counts }) => counts.events,
  },
  {
    name: 'kvcache_watch_kv_event_restarts_total',
    help: 'Times that the engine counted its batches anew.',
    value: ({ counts }) => counts.restarts,
  },
];

/** Of engines whose KV events are followed, by their ids. */
export function heardFamilies(heard: Readonly<Record<string, HeardReading>>): MetricFamily[] {
  const engines = Object.entries(heard);
  const family =
    (type: 'gauge' | 'counter') =>
    ({ name, help, value }: Row): MetricFamily =>
      metricFamily(
        { name, help, type },
        engines.map(([engine, reading]) => ({ labels: { engine }, value: value(reading) })),
      );
  const gaps = engines.flatMap(([engine, { counts }]) => [
    { labels: { engine, outcome: 'refilled' }, value: counts.gapsRefilled },
    { labels: { engine, outcome: 'lost' }, value: counts.gapsLost },
  ]);
  const name = 'kvcache_watch_kv_event_gaps_total';
  const help = 'Batches of KV events that were missing: had again by a replay, or lost.';
  return [
    ...GAUGES.map(family('gauge')),
    ...COUNTERS.map(family('counter')),
    metricFamily({ name, help, type: 'counter' }, gaps),
  ];
}
