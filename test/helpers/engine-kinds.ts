import type { Counts, EngineHabits } from './engine-stand-in.ts';

/** Metrics pages and routes of the engines we know, as their documents show them. */
export const vllmHabits = (labels = ''): EngineHabits => ({
  owner: 'vllm',
  hasTokenizer: true,
  info: { '/version': { version: '0.32.0' } },
  metrics: vllmPage('vllm:', labels),
});

export function vllmPage(prefix: string, labels: string, ranks = 1): (counts: Counts) => string {
  return ({ requests, promptTokens, hits }) => {
    const engines = Array.from({ length: ranks }, (_, rank) => rank);
    const config = engines.map(
      (it) =>
        `${prefix}cache_config_info{engine="${it}",block_size="16",num_gpu_blocks="1000",enable_prefix_caching="True"${labels}} 1.0`,
    );
    return [
      ...config,
      `${prefix}request_success_total{engine="0",finished_reason="stop"} 0.0`,
      `${prefix}request_success_total{engine="0",finished_reason="length"} ${requests}.0`,
      `${prefix}prompt_tokens_total{engine="0"} ${promptTokens}.0`,
      `${prefix}prefix_cache_queries_total{engine="0"} ${promptTokens}.0`,
      `${prefix}prefix_cache_hits_total{engine="0"} ${hits}.0`,
      `${prefix}prompt_tokens_cached_by_source_total{engine="0",source="device"} ${hits}.0`,
      `${prefix}prompt_tokens_cached_by_source_total{engine="0",source="host"} 0.0`,
    ].join('\n');
  };
}

export const sglangHabits = (info: object = {}): EngineHabits => ({
  owner: 'sglang',
  hasTokenizer: true,
  info: {
    '/get_server_info': {
      version: '0.5.23',
      page_size: 1,
      dp_size: 1,
      max_total_num_tokens: 59_902,
      disable_radix_cache: false,
      ...info,
    },
  },
  blockTokens: 1,
  metrics: ({ requests, promptTokens, hits }) =>
    [
      `sglang:num_requests_total{model_name="m"} ${requests}`,
      `sglang:num_aborted_requests_total{model_name="m"} 0`,
      `sglang:prompt_tokens_total{model_name="m"} ${promptTokens}`,
      `sglang:cached_tokens_total{model_name="m",cache_source="device"} ${hits}`,
    ].join('\n'),
});

export const trtllmHabits: EngineHabits = {
  owner: 'tensorrt_llm',
  info: { '/version': { version: '1.3.0' }, '/metrics': [] },
  metricsPath: '/prometheus/metrics',
  blockTokens: 32,
  metrics: ({ requests, promptTokens, hits }) =>
    [
      'trtllm_kv_cache_tokens_per_block{model_name="m"} 32',
      'trtllm_kv_cache_max_blocks{model_name="m"} 500',
      `trtllm_request_success_total{finished_reason="stop"} ${requests}`,
      `trtllm_prompt_tokens_total{model_name="m"} ${promptTokens}`,
      `trtllm_kv_cache_reused_blocks_total{model_name="m"} ${hits / 32}`,
      `trtllm_kv_cache_missed_blocks_total{model_name="m"} ${(promptTokens - hits) / 32}`,
    ].join('\n'),
};

export const llamaCppHabits: EngineHabits = {
  owner: 'llamacpp',
  info: {
    '/props': {
      default_generation_settings: { n_ctx: 8_192 },
      build_info: 'b8681',
      total_slots: 1,
    },
    // Its shim for Ollama's clients.
    '/api/version': { version: '0.0.0' },
  },
  blockTokens: 1,
};

export const ollamaHabits: EngineHabits = {
  owner: 'library',
  info: { '/api/version': { version: '0.33.2' } },
  reports: 'never',
};

export const tgiHabits: EngineHabits = {
  owner: 'meta-llama/Llama',
  info: { '/info': { model_id: 'meta-llama/Llama', max_total_tokens: 4_096, version: '3.3.6' } },
  reports: 'never',
  metrics: ({ requests, promptTokens }) =>
    [
      `tgi_request_count ${requests}`,
      `tgi_request_success{kind="generate"} ${requests}`,
      `tgi_request_input_length_sum ${promptTokens}`,
    ].join('\n'),
};
