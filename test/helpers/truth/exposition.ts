import type { Counts, Dialect, VllmNames } from './dialects.ts';

export interface Exposed {
  model: string;
  counts: Counts;
  blockTokens: number;
  capacityBlocks: number;
  usedBlocks: number;
}

interface Sample {
  labels?: Record<string, string>;
  value: number;
  suffix?: string;
}

/** The page an engine of this dialect serves at /metrics. */
export function metricsPage(dialect: Dialect, exposed: Exposed): string {
  const families =
    dialect.metrics === null ? sglangFamilies(exposed) : vllmFamilies(dialect.metrics, exposed);
  return `${families.join('\n')}\n`;
}

/** vLLM writes every counter from the start, at 0. */
function vllmFamilies(names: VllmNames, exposed: Exposed): string[] {
  const { counts, model } = exposed;
  const common = { model_name: model, engine: '0' };
  const counter = (name: string, value: number): string =>
    family('counter', name, [{ labels: common, value, suffix: '_total' }]);
  const finished: Record<string, number> = counts.finished;
  const requests = counts.finished.stop + counts.finished.length;
  return [
    family('gauge', 'vllm:num_requests_running', [{ labels: common, value: counts.running }]),
    family('gauge', 'vllm:num_requests_waiting', [{ labels: common, value: 0 }]),
    ...names.kvUsage.map((name) =>
      family('gauge', name, [
        { labels: common, value: exposed.usedBlocks / exposed.capacityBlocks },
      ]),
    ),
    counter(`${names.prefixCache}_queries`, counts.promptTokens),
    counter(`${names.prefixCache}_hits`, counts.cachedTokens),
    ...(names.hasExternal
      ? ['queries', 'hits'].map((it) => counter(`vllm:external_prefix_cache_${it}`, 0))
      : []),
    counter('vllm:prompt_tokens', counts.promptTokens),
    counter('vllm:generation_tokens', counts.generatedTokens),
    family(
      'counter',
      'vllm:request_success',
      names.finishReasons.map((reason) => ({
        labels: { ...common, finished_reason: reason },
        value: finished[reason] ?? 0,
        suffix: '_total',
      })),
    ),
    ...(names.hasSources ? sourceFamilies(counts, common) : []),
    seconds('vllm:time_to_first_token_seconds', common, counts.ttftSum, requests),
    seconds('vllm:e2e_request_latency_seconds', common, counts.e2eSum, requests),
    family('gauge', 'vllm:cache_config_info', [
      {
        labels: {
          engine: '0',
          block_size: String(exposed.blockTokens),
          num_gpu_blocks: String(exposed.capacityBlocks),
          enable_prefix_caching: 'True',
        },
        value: 1,
      },
    ]),
  ];
}

function sourceFamilies(counts: Counts, common: Record<string, string>): string[] {
  const sources = (name: string, values: Record<string, number>): string =>
    family(
      'counter',
      name,
      Object.entries(values).map(([source, value]) => ({
        labels: { ...common, source },
        value,
        suffix: '_total',
      })),
    );
  const { cachedTokens, promptTokens } = counts;
  return [
    sources('vllm:prompt_tokens_by_source', {
      local_compute: promptTokens - cachedTokens,
      local_cache_hit: cachedTokens,
      external_kv_transfer: 0,
    }),
    family('counter', 'vllm:prompt_tokens_cached', [
      { labels: common, value: cachedTokens, suffix: '_total' },
    ]),
    sources('vllm:prompt_tokens_cached_by_source', {
      device: cachedTokens,
      host: 0,
      disk: 0,
      p2p: 0,
      external_unspecified: 0,
    }),
  ];
}

/** SGLang's counters with labels of their own appear with their first event, not before. */
function sglangFamilies({ model, counts }: Exposed): string[] {
  const common = { model_name: model, engine_type: 'unified', tp_rank: '0', pp_rank: '0' };
  const requests = counts.finished.stop + counts.finished.length;
  const counter = (name: string, value: number, more: Record<string, string> = {}): string[] =>
    value === 0
      ? []
      : [family('counter', name, [{ labels: { ...common, ...more }, value, suffix: '_total' }])];
  return [
    family('gauge', 'sglang:num_running_reqs', [{ labels: common, value: counts.running }]),
    family('gauge', 'sglang:num_queue_reqs', [{ labels: common, value: 0 }]),
    ...counter('sglang:prompt_tokens', counts.promptTokens),
    ...counter('sglang:generation_tokens', counts.generatedTokens),
    ...counter('sglang:cached_tokens', counts.cachedTokens, { cache_source: 'device' }),
    ...counter('sglang:num_requests', requests),
    seconds('sglang:time_to_first_token_seconds', common, counts.ttftSum, requests),
    seconds('sglang:e2e_request_latency_seconds', common, counts.e2eSum, requests),
  ];
}

/** A histogram of one bucket; nobody here reads the others. */
function seconds(name: string, labels: Record<string, string>, sum: number, count: number): string {
  return family('histogram', name, [
    { labels: { ...labels, le: '+Inf' }, value: count, suffix: '_bucket' },
    { labels, value: sum, suffix: '_sum' },
    { labels, value: count, suffix: '_count' },
  ]);
}

/** As prometheus_client writes it: a counter's comments carry the `_total` of its samples. */
function family(type: string, name: string, samples: readonly Sample[]): string {
  const title = type === 'counter' ? `${name}_total` : name;
  return [
    `# HELP ${title} As it says.`,
    `# TYPE ${title} ${type}`,
    ...samples.map(({ labels = {}, value, suffix = '' }) => {
      const pairs = Object.entries(labels).map(([key, text]) => `${key}="${text}"`);
      return `${name}${suffix}{${pairs.join(',')}} ${value.toFixed(6).replace(/0{5}$/, '')}`;
    }),
  ].join('\n');
}
