import type { Endpoint } from '../balance/cluster.ts';
import type { MetricRegistry, ValueMetric, ValueSeries } from '../../protocol/metric-registry.ts';

const ENDPOINT_LABELS = ['cluster_name', 'endpoint_id', 'endpoint_address'] as const;

/** Pixiu's upstream counters, same names and labels. */
export class UpstreamMetrics {
  readonly #requests: ValueMetric;
  readonly #success: ValueMetric;
  readonly #failure: ValueMetric;

  constructor(registry: MetricRegistry) {
    this.#requests = registry.counter({
      name: 'pixiu_llm_upstream_requests_total',
      help: 'Attempts sent to an endpoint.',
      labels: ENDPOINT_LABELS,
    });
    this.#success = registry.counter({
      name: 'pixiu_llm_upstream_requests_success_total',
      help: 'Attempts answered completely with a 2xx status.',
      labels: [...ENDPOINT_LABELS, 'status_code'],
    });
    this.#failure = registry.counter({
      name: 'pixiu_llm_upstream_requests_failure_total',
      help: 'Attempts that failed: another status, or a network error.',
      labels: [...ENDPOINT_LABELS, 'status_code', 'error_type'],
    });
  }

  forEndpoint(clusterName: string, endpoint: Endpoint): EndpointMetrics {
    const labels = [clusterName, endpoint.config.id, endpoint.address] as const;
    return new EndpointMetrics(this.#requests.withLabels(...labels), {
      success: (status) => this.#success.withLabels(...labels, String(status)),
      failure: (status, type) => this.#failure.withLabels(...labels, String(status), type),
    });
  }
}

export type UpstreamErrorType = 'network_error' | 'status_code_error';

interface SeriesByStatus {
  success(status: number): ValueSeries;
  failure(status: number, type: UpstreamErrorType): ValueSeries;
}

/** One endpoint's counters, held so that a request looks nothing up but its status. */
export class EndpointMetrics {
  readonly requests: ValueSeries;
  readonly #by: SeriesByStatus;
  readonly #ok: ValueSeries[] = [];

  constructor(requests: ValueSeries, by: SeriesByStatus) {
    this.requests = requests;
    this.#by = by;
  }

  answered(status: number): void {
    if (status < 200 || status > 299) {
      this.#by.failure(status, 'status_code_error').inc();
      return;
    }
    (this.#ok[status - 200] ??= this.#by.success(status)).inc();
  }

  /** No answer at all, or one that broke off. */
  broken(): void {
    this.#by.failure(0, 'network_error').inc();
  }
}
