import type { Clock } from '../../base/clock.ts';
import type { MetricFamily } from '../../protocol/prometheus.ts';
import type { Cluster, Endpoint } from '../balance/cluster.ts';
import type { ExchangeResult } from '../listener/context.ts';
import type { Exchange } from '../listener/exchange.ts';
import { type Histogram, metricFamily } from '../../protocol/metric-family.ts';
import type {
  MetricRegistry,
  ValueMetric,
  HistogramMetric,
} from '../../protocol/metric-registry.ts';
import { UpstreamMetrics } from '../proxy/metrics.ts';
import { TokenMetrics } from './token-metrics.ts';

/** Seconds; LLM answers take from milliseconds (mocks, cache hits) to minutes. */
const LATENCY_BOUNDS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300,
];
const GAP_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1, 5];

/** The gateway's own metrics beside those that carry Pixiu's names. */
export class GatewayMetrics {
  readonly upstream: UpstreamMetrics;
  readonly tokens: TokenMetrics;
  readonly #inFlight;
  readonly #requests: ValueMetric;
  readonly #latency: HistogramMetric;
  readonly #ttft: HistogramMetric;
  readonly #gap: HistogramMetric;

  constructor(registry: MetricRegistry, clock: Clock, clusters: () => Iterable<Cluster>) {
    registry.onCollect(() => endpointGauges([...clusters()], clock.nowMs()));
    this.upstream = new UpstreamMetrics(registry);
    this.tokens = new TokenMetrics(registry);
    this.#inFlight = registry
      .gauge({ name: 'kvcache_requests_in_flight', help: 'Requests being handled now.' })
      .withLabels();
    this.#requests = registry.counter({
      name: 'kvcache_requests_total',
      help: 'Requests finished, by cluster, status and routing reason.',
      labels: ['cluster', 'status', 'reason'],
    });
    this.#latency = registry.histogram(
      {
        name: 'kvcache_request_duration_seconds',
        help: 'Head of the request received to end of the answer.',
        labels: ['cluster'],
      },
      LATENCY_BOUNDS,
    );
    this.#ttft = registry.histogram(
      {
        name: 'kvcache_time_to_first_byte_seconds',
        help: 'Head of the request received to first byte of the answer body.',
        labels: ['cluster'],
      },
      LATENCY_BOUNDS,
    );
    this.#gap = registry.histogram(
      {
        name: 'kvcache_stream_chunk_gap_seconds',
        help: 'Gap between chunks of a streamed answer.',
        labels: ['cluster'],
      },
      GAP_BOUNDS,
    );
  }

  gapsOf(clusterName: string): Histogram {
    return this.#gap.withLabels(clusterName);
  }

  /** Counts the exchange as in flight until it finishes, then records it. */
  track(exchange: Exchange): void {
    this.#inFlight.inc();
    exchange.onFinished((result) => this.#record(exchange, result));
  }

  #record(exchange: Exchange, result: ExchangeResult): void {
    this.#inFlight.inc(-1);
    const cluster = exchange.cluster.config.name;
    const status = result.isClientGone ? '499' : String(result.status);
    this.#requests.withLabels(cluster, status, exchange.decision?.reason ?? 'off').inc();
    this.#latency.withLabels(cluster).observe((result.finishedMs - exchange.startedMs) / 1_000);
    if (result.firstByteMs === undefined) return;
    this.#ttft.withLabels(cluster).observe((result.firstByteMs - exchange.startedMs) / 1_000);
  }
}

/** Read off the endpoints when somebody asks, so that a request keeps no gauge up to date. */
function endpointGauges(clusters: readonly Cluster[], nowMs: number): MetricFamily[] {
  const gauge = (name: string, help: string, read: (it: Endpoint) => number): MetricFamily =>
    metricFamily(
      { name, help, type: 'gauge' },
      clusters.flatMap(({ config, endpoints }) =>
        endpoints.map((it) => ({
          labels: { cluster: config.name, endpoint: it.config.id },
          value: read(it),
        })),
      ),
    );
  return [
    gauge('kvcache_endpoint_in_flight', 'Requests at the endpoint now.', (it) => it.inFlight),
    gauge('kvcache_endpoint_healthy', '1 unless active health checks fail.', (it) =>
      Number(it.isHealthy),
    ),
    gauge(
      'kvcache_endpoint_cooling_seconds',
      'Rest of the cooldown after a failure.',
      (it) => Math.max(0, it.coolingUntilMs - nowMs) / 1_000,
    ),
  ];
}
