import { textOf } from '../../base/json.ts';
import { type EngineKind, NO_SETUP, NO_STRAIN, NO_COUNTERS } from './kind.ts';
import type { MetricPage } from './metric-page.ts';

/**
 * TensorRT-LLM, `trtllm-serve`. Read, not run: tensorrt_llm/metrics/collector.py,
 * docs/source/commands/trtllm-serve. /metrics is JSON there; Prometheus text is at
 * /prometheus/metrics. Reuse is counted in blocks.
 */
export const trtllm: EngineKind = {
  id: 'trtllm',
  name: 'TensorRT-LLM',
  owner: 'tensorrt_llm',
  prefix: 'trtllm',
  metricsPath: '/prometheus/metrics',
  infoPaths: ['/version'],
  owns: () => false,
  tokenizesChat: false,
  setup: (info, page) => {
    const blockTokens = page.largest('trtllm_kv_cache_tokens_per_block');
    const blocks = page.largest('trtllm_kv_cache_max_blocks');
    return {
      ...NO_SETUP,
      version: textOf(info['version']),
      blockTokens,
      capacityTokens: blockTokens === null || blocks === null ? null : blockTokens * blocks,
    };
  },
  count: (page) => {
    const hits = tokens(page, page.total('trtllm_kv_cache_reused_blocks'));
    const misses = tokens(page, page.total('trtllm_kv_cache_missed_blocks'));
    return {
      ...NO_COUNTERS,
      requests: page.total('trtllm_request_success_total'),
      promptTokens: page.total('trtllm_prompt_tokens_total'),
      prefixQueries: hits === null || misses === null ? null : hits + misses,
      prefixHits: hits,
    };
  },
  strain: () => NO_STRAIN,
  advice: {
    cachedTokens: 'Take a TensorRT-LLM that reports usage.prompt_tokens_details.',
    prefixCaching: 'Set kv_cache_config.enable_block_reuse: true for TensorRT-LLM.',
    metrics: 'Set return_perf_metrics and enable_iter_perf_stats: true for TensorRT-LLM.',
  },
};

function tokens(page: MetricPage, blocks: number | null): number | null {
  const size = page.largest('trtllm_kv_cache_tokens_per_block');
  return blocks === null || size === null ? null : blocks * size;
}
