import { Histogram, type Labels } from '../../../src/protocol/metric-family.ts';
import { formatMetrics, type MetricFamily } from '../../../src/protocol/prometheus.ts';
import type { EngineCore } from '../core/engine-core.ts';
import type { FinishReason } from '../core/request.ts';
import { cacheConfig } from './cache-config.ts';
import { detailedFamilies, type EndedRequest, RequestHistograms } from './detailed-metrics.ts';
import { REQUEST_BUCKETS_S, TOKEN_BUCKETS_S, TTFT_BUCKETS_S } from './metric-buckets.ts';
import { counter, counterBy, gauge, histogram, withCreated } from './metric-families.ts';
import type { EngineSettings } from './settings.ts';

/** vLLM's metrics of one engine: names, labels and buckets of `vllm/v1/metrics/loggers.py`. */
export class EngineMetrics {
  readonly #ttft = new Histogram(TTFT_BUCKETS_S);
  readonly #interToken = new Histogram(TOKEN_BUCKETS_S);
  readonly #e2e = new Histogram(REQUEST_BUCKETS_S);
  readonly #queue = new Histogram(REQUEST_BUCKETS_S);
  readonly #prefill = new Histogram(REQUEST_BUCKETS_S);
  readonly #decode = new Histogram(REQUEST_BUCKETS_S);
  readonly #inference = new Histogram(REQUEST_BUCKETS_S);
  readonly #requests: RequestHistograms;
  readonly #createdS: number;
  #refusals = 0;

  /**
   * @param maxModelLen decides how far the buckets for tokens go
   * @param createdS Unix time when the series were made
   */
  constructor(maxModelLen: number, createdS: number) {
    this.#requests = new RequestHistograms(maxModelLen);
    this.#createdS = createdS;
  }

  /** A request that a full queue turned away. */
  observeRefusal(): void {
    this.#refusals++;
  }

  observeGap(gapMs: number, tokens: number): void {
    this.#interToken.observe(gapMs / tokens / 1_000, tokens);
  }

  observe(ended: EndedRequest): void {
    const { result } = ended;
    if (result.ttftMs !== null) this.#ttft.observe(result.ttftMs / 1_000);
    if (result.finishReason === 'abort') return;
    this.#requests.observe(ended);
    this.#e2e.observe(result.e2eMs / 1_000);
    this.#queue.observe((result.queueMs ?? 0) / 1_000);
    this.#prefill.observe((result.prefillMs ?? 0) / 1_000);
    this.#decode.observe((result.decodeMs ?? 0) / 1_000);
    this.#inference.observe(((result.prefillMs ?? 0) + (result.decodeMs ?? 0)) / 1_000);
  }

  /**
   * The `/metrics` page.
   * @param extra families of the mock's own
   */
  format(engine: EngineCore, settings: EngineSettings, extra: readonly MetricFamily[]): string {
    const labels = { engine: '0', model_name: settings.model };
    const { isDetailed } = settings.dialect.metrics;
    const families = [
      ...gauges(engine, settings, labels),
      ...counters(engine, settings, labels),
      ...(isDetailed ? detailedFamilies(engine, labels, this.#refusals) : []),
      ...this.#histograms(settings, labels),
      ...(isDetailed ? this.#requests.families(labels) : []),
    ];
    const config = cacheConfig(engine, settings);
    return formatMetrics([
      ...(isDetailed ? withCreated(families, this.#createdS) : families),
      config,
      ...extra,
    ]);
  }

  #histograms(settings: EngineSettings, labels: Labels): MetricFamily[] {
    const { interToken } = settings.dialect.metrics;
    return [
      histogram('vllm:time_to_first_token_seconds', 'Time to first token.', labels, this.#ttft),
      histogram(interToken, 'Time between output tokens.', labels, this.#interToken),
      histogram('vllm:e2e_request_latency_seconds', 'End-to-end latency.', labels, this.#e2e),
      histogram('vllm:request_queue_time_seconds', 'Time in the queue.', labels, this.#queue),
      histogram('vllm:request_inference_time_seconds', 'Time running.', labels, this.#inference),
      histogram('vllm:request_prefill_time_seconds', 'Time in prefill.', labels, this.#prefill),
      histogram('vllm:request_decode_time_seconds', 'Time in decode.', labels, this.#decode),
    ];
  }
}

function gauges(engine: EngineCore, settings: EngineSettings, labels: Labels): MetricFamily[] {
  const { running, waiting, kvUsage } = engine.counters;
  return [
    gauge('vllm:num_requests_running', 'Requests in execution.', labels, running),
    gauge('vllm:num_requests_waiting', 'Requests waiting.', labels, waiting),
    ...settings.dialect.metrics.kvUsage.map((name) =>
      gauge(name, 'KV-cache usage; 1 means 100 percent.', labels, kvUsage),
    ),
  ];
}

function counters(engine: EngineCore, settings: EngineSettings, labels: Labels): MetricFamily[] {
  const { counters: count } = engine;
  const { prefixCache, hasExternalCache, finishReasons } = settings.dialect.metrics;
  const external = 'vllm:external_prefix_cache';
  const families = [
    counter('vllm:num_preemptions', 'Preemptions.', labels, count.preemptions),
    counter('vllm:prompt_tokens', 'Prefill tokens processed.', labels, count.promptTokens),
    counter('vllm:generation_tokens', 'Tokens generated.', labels, count.generationTokens),
    counter(`${prefixCache}_queries`, 'Tokens looked up.', labels, count.prefixQueries),
    counter(`${prefixCache}_hits`, 'Tokens found.', labels, count.prefixHits),
    counterBy(
      'vllm:request_success',
      ['finished_reason', labels],
      Object.fromEntries(
        finishReasons.map((reason) => [reason, count.finished[reason as FinishReason] ?? 0]),
      ),
    ),
  ];
  if (!hasExternalCache) return families;
  return [
    ...families,
    counter(`${external}_queries`, 'Tokens the connector looked up.', labels, count.tierQueries),
    counter(`${external}_hits`, 'Tokens the connector found.', labels, count.tierHits),
  ];
}
