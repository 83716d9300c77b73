import {
  formatMetrics,
  type MetricFamily,
  type MetricType,
} from '../../../src/protocol/prometheus.ts';
import type { Engine } from '../core/engine.ts';
import type { RequestResult } from '../core/request.ts';
import { Histogram, REQUEST_BUCKETS_S, TOKEN_BUCKETS_S, TTFT_BUCKETS_S } from './histogram.ts';
import type { EngineSettings } from './settings.ts';

type Labels = Readonly<Record<string, string>>;

/** vLLM's metrics of one engine: names, labels and buckets of `vllm/v1/metrics/loggers.py`. */
export class EngineMetrics {
  readonly #ttft = new Histogram(TTFT_BUCKETS_S);
  readonly #interToken = new Histogram(TOKEN_BUCKETS_S);
  readonly #e2e = new Histogram(REQUEST_BUCKETS_S);
  readonly #queue = new Histogram(REQUEST_BUCKETS_S);
  readonly #prefill = new Histogram(REQUEST_BUCKETS_S);
  readonly #decode = new Histogram(REQUEST_BUCKETS_S);
  readonly #inference = new Histogram(REQUEST_BUCKETS_S);

  observeGap(gapMs: number, tokens: number): void {
    this.#interToken.observe(gapMs / tokens / 1_000, tokens);
  }

  observe(result: RequestResult): void {
    if (result.ttftMs !== null) this.#ttft.observe(result.ttftMs / 1_000);
    if (result.finishReason === 'abort') return;
    this.#e2e.observe(result.e2eMs / 1_000);
    this.#queue.observe((result.queueMs ?? 0) / 1_000);
    this.#prefill.observe((result.prefillMs ?? 0) / 1_000);
    this.#decode.observe((result.decodeMs ?? 0) / 1_000);
    this.#inference.observe(((result.prefillMs ?? 0) + (result.decodeMs ?? 0)) / 1_000);
  }

  /** The `/metrics` page. */
  format(engine: Engine, settings: EngineSettings, extra: readonly MetricFamily[]): string {
    const labels = { engine: '0', model_name: settings.model };
    return formatMetrics([
      ...gauges(engine, settings, labels),
      ...counters(engine, settings, labels),
      ...this.#histograms(settings, labels),
      cacheConfig(engine),
      ...extra,
    ]);
  }

  #histograms(settings: EngineSettings, labels: Labels): MetricFamily[] {
    const { interTokenMetric } = settings.dialect;
    return [
      this.#ttft.family('vllm:time_to_first_token_seconds', 'Time to first token.', labels),
      this.#interToken.family(interTokenMetric, 'Time between output tokens.', labels),
      this.#e2e.family('vllm:e2e_request_latency_seconds', 'End-to-end latency.', labels),
      this.#queue.family('vllm:request_queue_time_seconds', 'Time in the queue.', labels),
      this.#inference.family('vllm:request_inference_time_seconds', 'Time running.', labels),
      this.#prefill.family('vllm:request_prefill_time_seconds', 'Time in prefill.', labels),
      this.#decode.family('vllm:request_decode_time_seconds', 'Time in decode.', labels),
    ];
  }
}

function gauges(engine: Engine, settings: EngineSettings, labels: Labels): MetricFamily[] {
  const { running, waiting, kvUsage } = engine.counters;
  return [
    single('gauge', 'vllm:num_requests_running', 'Requests in execution.', labels, running),
    single('gauge', 'vllm:num_requests_waiting', 'Requests waiting.', labels, waiting),
    ...settings.dialect.kvUsageMetrics.map((name) =>
      single('gauge', name, 'KV-cache usage; 1 means 100 percent.', labels, kvUsage),
    ),
  ];
}

function counters(engine: Engine, settings: EngineSettings, labels: Labels): MetricFamily[] {
  const { counters: count } = engine;
  const { prefixCacheMetric, hasExternalCacheMetrics } = settings.dialect;
  const tokens = 'in tokens';
  const families = [
    counter('vllm:num_preemptions', 'Preemptions.', labels, count.preemptions),
    counter('vllm:prompt_tokens', 'Prefill tokens processed.', labels, count.promptTokens),
    counter('vllm:generation_tokens', 'Tokens generated.', labels, count.generationTokens),
    counter(
      `${prefixCacheMetric}_queries`,
      `Prefix cache queries, ${tokens}.`,
      labels,
      count.prefixQueries,
    ),
    counter(`${prefixCacheMetric}_hits`, `Prefix cache hits, ${tokens}.`, labels, count.prefixHits),
    successes(engine, labels),
  ];
  if (!hasExternalCacheMetrics) return families;
  const external = 'vllm:external_prefix_cache';
  return [
    ...families,
    counter(
      `${external}_queries`,
      `Connector cache queries, ${tokens}.`,
      labels,
      count.tierQueries,
    ),
    counter(`${external}_hits`, `Connector cache hits, ${tokens}.`, labels, count.tierHits),
  ];
}

function successes(engine: Engine, labels: Labels): MetricFamily {
  const name = 'vllm:request_success_total';
  const samples = Object.entries(engine.counters.finished).map(([reason, value]) => ({
    name,
    labels: { engine: '0', finished_reason: reason, model_name: labels['model_name']! },
    value,
  }));
  return { name, help: 'Requests finished, by reason.', type: 'counter', samples };
}

function cacheConfig(engine: Engine): MetricFamily {
  const { blockSize, blocks } = engine.profile;
  const labels = {
    block_size: String(blockSize),
    enable_prefix_caching: 'True',
    engine: '0',
    num_gpu_blocks: String(blocks),
  };
  return single('gauge', 'vllm:cache_config_info', 'Configuration of the KV cache.', labels, 1);
}

function counter(name: string, help: string, labels: Labels, value: number): MetricFamily {
  return single('counter', `${name}_total`, help, labels, value);
}

function single(
  type: MetricType,
  ...[name, help, labels, value]: [name: string, help: string, labels: Labels, value: number]
): MetricFamily {
  return { name, help, type, samples: [{ name, labels, value }] };
}
