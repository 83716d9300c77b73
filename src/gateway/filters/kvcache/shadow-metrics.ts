import type {
  MetricRegistry,
  ValueMetric,
  ValueSeries,
} from '../../../protocol/metric-registry.ts';

/** The policies' choices side by side; label `actual` is where requests were really sent. */
export class ShadowMetrics {
  readonly choices: ValueMetric;
  readonly cachedTokens: ValueMetric;
  readonly promptTokens: ValueSeries;
  readonly failures: ValueMetric;

  constructor(registry: MetricRegistry) {
    this.choices = registry.counter({
      name: 'kvcache_shadow_requests_total',
      help: 'Requests by the endpoint that each policy would have chosen.',
      labels: ['policy', 'cluster', 'endpoint'],
    });
    this.cachedTokens = registry.counter({
      name: 'kvcache_shadow_cached_tokens_total',
      help: 'Prompt tokens that the endpoint would have held, had the policy chosen all along.',
      labels: ['policy'],
    });
    this.promptTokens = registry
      .counter({
        name: 'kvcache_shadow_prompt_tokens_total',
        help: 'Prompt tokens of the requests that these were counted for.',
      })
      .withLabels();
    this.failures = registry.counter({
      name: 'kvcache_shadow_failures_total',
      help: 'Decisions of shadow policies that failed.',
      labels: ['policy'],
    });
  }
}
