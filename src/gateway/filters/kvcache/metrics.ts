import type { MetricFamily } from '../../../protocol/prometheus.ts';
import { type Histogram, metricFamily } from '../../../protocol/metric-family.ts';
import type {
  MetricRegistry,
  ValueMetric,
  ValueSeries,
} from '../../../protocol/metric-registry.ts';
import type { BreakerState } from '../../lookup/breaker.ts';

/** Upper bounds in seconds, 50 µs to 2.5 s. */
const STEP_SECONDS = [
  0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
  2.5,
];

/** The filters' own time series. Series are made once; a request only counts them up. */
export class KvcacheMetrics {
  readonly decisionSeconds: Histogram;
  readonly tokenizeSeconds: Histogram;
  readonly lookupSeconds: Histogram;
  readonly operations: ValueMetric;
  readonly predictedTokens: ValueSeries;
  readonly actualTokens: ValueSeries;
  readonly comparedRequests: ValueSeries;
  readonly driftRequests: ValueSeries;
  readonly driftTokens: ValueSeries;
  readonly #states = new Set<() => KvcacheState>();
  /** What filters that are gone have counted. */
  readonly #past = { cacheHits: 0, cacheMisses: 0, queueDropped: 0 };

  constructor(registry: MetricRegistry) {
    const counter = (name: string, help: string): ValueSeries =>
      registry.counter({ name, help }).withLabels();
    const seconds = (name: string, help: string): Histogram =>
      registry.histogram({ name, help }, STEP_SECONDS).withLabels();
    this.decisionSeconds = seconds(
      'kvcache_routing_decision_seconds',
      'Time from the request body to the routing decision, tokenizing and lookup included.',
    );
    this.tokenizeSeconds = seconds(
      'kvcache_tokenize_seconds',
      'Time engines took to tokenize a prompt, failures included.',
    );
    this.lookupSeconds = seconds(
      'kvcache_lookup_seconds',
      'Time the controller took for one lookup, failures included.',
    );
    this.operations = registry.counter({
      name: 'kvcache_cache_operations_total',
      help: 'Cache operations asked of the controller.',
      labels: ['operation', 'outcome'],
    });
    this.predictedTokens = counter(
      'kvcache_predicted_cached_tokens_total',
      'Cached tokens predicted for requests whose engine reported the actual number.',
    );
    this.actualTokens = counter(
      'kvcache_actual_cached_tokens_total',
      'Cached tokens reported by engines for requests with a prediction.',
    );
    this.comparedRequests = counter(
      'kvcache_cached_tokens_compared_total',
      'Requests with both a predicted and a reported number of cached tokens.',
    );
    this.driftRequests = counter(
      'kvcache_token_drift_requests_total',
      "Requests whose prompt tokens by the engine's usage differ from the gateway's count.",
    );
    this.driftTokens = counter(
      'kvcache_token_drift_tokens_total',
      "Sum of absolute differences between the gateway's and the engine's prompt token counts.",
    );
    registry.onCollect(() => {
      const states = [...this.#states].map((read) => read());
      return states.length === 0 ? [] : stateFamilies([...states, { ...NOTHING, ...this.#past }]);
    });
  }

  /** Adds a filter's state to what is collected. The returned function removes it. */
  watch(read: () => KvcacheState): () => void {
    this.#states.add(read);
    return () => {
      if (!this.#states.delete(read)) return;
      const { cacheHits, cacheMisses, queueDropped } = read();
      this.#past.cacheHits += cacheHits;
      this.#past.cacheMisses += cacheMisses;
      this.#past.queueDropped += queueDropped;
    };
  }
}

const metricsOfRegistry = new WeakMap<MetricRegistry, KvcacheMetrics>();

/** The metrics shared by all kvcache filters of one registry, which outlives them on a reload. */
export function kvcacheMetrics(registry: MetricRegistry): KvcacheMetrics {
  let metrics = metricsOfRegistry.get(registry);
  if (!metrics) metricsOfRegistry.set(registry, (metrics = new KvcacheMetrics(registry)));
  return metrics;
}

/** State read when somebody asks for it. */
export interface KvcacheState {
  cacheEntries: number;
  cacheBytes: number;
  cacheHits: number;
  cacheMisses: number;
  queueSize: number;
  queueDropped: number;
  breakers: Readonly<Record<string, BreakerState>>;
}

const NOTHING: KvcacheState = {
  cacheEntries: 0,
  cacheBytes: 0,
  cacheHits: 0,
  cacheMisses: 0,
  queueSize: 0,
  queueDropped: 0,
  breakers: {},
};

const BREAKER_VALUE: Readonly<Record<BreakerState, number>> = {
  closed: 0,
  'half-open': 1,
  open: 2,
};

/** States of several filters as one set of families: numbers add up, the worst breaker counts. */
function stateFamilies(states: readonly KvcacheState[]): MetricFamily[] {
  const total = (pick: (state: KvcacheState) => number): number =>
    states.reduce((sum, state) => sum + pick(state), 0);
  return [
    ...NUMBERS.map(([name, type, help, pick]) =>
      metricFamily({ name, type, help }, [{ labels: {}, value: total(pick) }]),
    ),
    breakerFamily(states),
  ];
}

function breakerFamily(states: readonly KvcacheState[]): MetricFamily {
  const worst = new Map<string, number>();
  for (const { breakers } of states) {
    for (const [operation, state] of Object.entries(breakers)) {
      worst.set(operation, Math.max(worst.get(operation) ?? 0, BREAKER_VALUE[state]));
    }
  }
  const help = 'Breaker per operation: 0 closed, 1 half open, 2 open.';
  return metricFamily(
    { name: 'kvcache_breaker_state', help, type: 'gauge' },
    [...worst].map(([operation, value]) => ({ labels: { operation }, value })),
  );
}

const NUMBERS: readonly [
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  pick: (state: KvcacheState) => number,
][] = [
  ['kvcache_token_cache_entries', 'gauge', 'Tokenized prompts kept.', (it) => it.cacheEntries],
  ['kvcache_token_cache_bytes', 'gauge', 'Bytes of tokenized prompts kept.', (it) => it.cacheBytes],
  [
    'kvcache_token_cache_hits_total',
    'counter',
    'Prompts found in the token cache.',
    (it) => it.cacheHits,
  ],
  [
    'kvcache_token_cache_misses_total',
    'counter',
    'Prompts not found in the token cache.',
    (it) => it.cacheMisses,
  ],
  ['kvcache_background_jobs', 'gauge', 'Background jobs waiting or running.', (it) => it.queueSize],
  [
    'kvcache_background_jobs_dropped_total',
    'counter',
    'Background jobs dropped because the queue was full.',
    (it) => it.queueDropped,
  ],
];
