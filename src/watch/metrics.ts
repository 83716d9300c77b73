import type { Labels } from '../protocol/metric-family.ts';
import { metricFamily } from '../protocol/metric-family.ts';
import type { MetricFamily } from '../protocol/prometheus.ts';
import { ALERTS } from './alerts/alerts.ts';
import { figuresOf } from './figures.ts';
import { heardFamilies } from './heard/heard-metrics.ts';
import type { ProbeCounts } from './probe/fleet-probe.ts';
import type { Watcher } from './watcher.ts';

/** What was done so far. */
export interface WatchCounts {
  readings: number;
  eventsRaised: number;
  /** Wall clock of the last reading, in seconds since the epoch; null before the first. */
  lastReadingS: number | null;
}

interface Gauge {
  name: string;
  help: string;
  points: readonly (readonly [Labels, number | null])[];
}

/** Everything as Prometheus families. What is not known has no sample. */
export function watchMetrics(
  watcher: Watcher,
  counts: WatchCounts,
  probe?: ProbeCounts,
): MetricFamily[] {
  const probed = probe ? probeTotals(probe) : [];
  return [
    ...figures(watcher),
    ...heardFamilies(watcher.heard),
    alerts(watcher),
    ...totals(counts),
    ...probed,
  ].filter(({ samples }) => samples.length > 0);
}

function figures(watcher: Watcher): MetricFamily[] {
  const { engines, hitRate, externalHitRate, availableRate } = figuresOf(watcher.window);
  const byEngine = (value: (engine: (typeof engines)[number]) => number | null) =>
    engines.map((it) => [{ engine: it.id }, value(it)] as const);
  const gauges: readonly Gauge[] = [
    {
      name: 'kvcache_watch_prefix_hit_ratio',
      help: 'Share of prompt tokens found in prefix caches over the last window.',
      points: [[{ engine: '' }, hitRate], ...byEngine((it) => it.hitRate)],
    },
    {
      name: 'kvcache_watch_external_hit_ratio',
      help: 'Share of tokens asked for and found beyond the engines over the last window.',
      points: [[{ engine: '' }, externalHitRate], ...byEngine((it) => it.externalHitRate)],
    },
    {
      name: 'kvcache_watch_available_hit_ratio',
      help: 'Share of prompt tokens that some engine held over the last window, at least, by KV events.',
      points: [[{}, availableRate]],
    },
    {
      name: 'kvcache_watch_request_ratio',
      help: "The engine's share of all requests over the last window.",
      points: byEngine((it) => it.requestShare),
    },
    {
      name: 'kvcache_watch_ttft_mean_seconds',
      help: 'Mean time to the first token over the last window.',
      points: byEngine((it) => it.ttftMeanS),
    },
    {
      name: 'kvcache_watch_engine_up',
      help: '1 while the metrics of the engine can be read.',
      points: byEngine((it) => Number(it.isUp)),
    },
    {
      name: 'kvcache_watch_learning',
      help: '1 while too little was seen to call anything unusual.',
      points: [[{}, Number(watcher.isLearning)]],
    },
  ];
  return gauges.map(({ points, ...info }) =>
    metricFamily(
      { ...info, type: 'gauge' },
      points.flatMap(([labels, value]) => (value === null ? [] : { labels, value })),
    ),
  );
}

/** One series per alert, so that a rule can be written before it was ever raised; more by engine. */
function alerts({ active }: Watcher): MetricFamily {
  const quiet = ALERTS.filter(({ id }) => !active.some(({ row }) => row.id === id));
  return metricFamily(
    {
      name: 'kvcache_watch_alert',
      help: '1 while the alert holds; engine is empty for the fleet.',
      type: 'gauge',
    },
    [
      ...quiet.map(({ id }) => ({ labels: { alert: id, engine: '' }, value: 0 })),
      ...active.map(({ row, subject }) => ({
        labels: { alert: row.id, engine: subject },
        value: 1,
      })),
    ],
  );
}

function counter(name: string, help: string, value: number): MetricFamily {
  return metricFamily({ name, help, type: 'counter' }, [{ labels: {}, value }]);
}

function probeTotals(counts: ProbeCounts): MetricFamily[] {
  const { requests, tokens, repeats, found, failures, skippedBusy, skippedBudget } = counts;
  const skipped = [
    { labels: { why: 'busy' }, value: skippedBusy },
    { labels: { why: 'budget' }, value: skippedBudget },
  ];
  return [
    counter('kvcache_watch_probe_requests_total', 'Requests of the probe.', requests),
    counter('kvcache_watch_probe_failures_total', 'Those that failed.', failures),
    counter('kvcache_watch_probe_tokens_total', 'Tokens that the probe took.', tokens),
    counter('kvcache_watch_probe_repeats_total', 'Repeats whose cached tokens were told.', repeats),
    counter('kvcache_watch_probe_found_total', 'Those that found their beginning.', found),
    metricFamily(
      {
        name: 'kvcache_watch_probe_skipped_rounds_total',
        help: 'Rounds left out: the deployment was busy, or the budget spent.',
        type: 'counter',
      },
      skipped,
    ),
  ];
}

function totals({ readings, eventsRaised, lastReadingS }: WatchCounts): MetricFamily[] {
  return [
    counter('kvcache_watch_readings_total', 'Readings of the whole fleet.', readings),
    counter('kvcache_watch_alerts_raised_total', 'Alerts raised.', eventsRaised),
    metricFamily(
      {
        name: 'kvcache_watch_last_reading_timestamp_seconds',
        help: 'When the fleet was read last.',
        type: 'gauge',
      },
      lastReadingS === null ? [] : [{ labels: {}, value: lastReadingS }],
    ),
  ];
}
