import { textOf } from '../../base/json.ts';
import { type EngineKind, largest } from './kind.ts';
import type { MetricPage } from './metric-page.ts';

const CONFIG = 'vllm:cache_config_info';

/**
 * vLLM. Run against 0.25.1 and 0.32.0: routes, metric names, `cache_config_info` labels.
 * Source of the names: vllm/v1/metrics/loggers.py. Before 0.10 the prefix cache was called
 * `gpu_prefix_cache`. Hits of a KV connector (LMCache, in the process or as a server) are `external`.
 */
export const vllm: EngineKind = {
  id: 'vllm',
  name: 'vLLM',
  owner: 'vllm',
  prefix: 'vllm',
  metricsPath: '/metrics',
  infoPaths: ['/version'],
  // Others serve /version too.
  owns: () => false,
  tokenizesChat: true,
  setup: (info, page) => ({
    version: textOf(info['version']),
    ...blocksOf(page),
    ranks: page.count('engine'),
    maxModelLength: null,
  }),
  count: (page) => ({
    requests: page.total('vllm:request_success_total'),
    promptTokens: page.total('vllm:prompt_tokens_total'),
    prefixQueries: page.total('vllm:prefix_cache_queries', 'vllm:gpu_prefix_cache_queries'),
    prefixHits: page.total('vllm:prefix_cache_hits', 'vllm:gpu_prefix_cache_hits'),
    externalQueries: page.total('vllm:external_prefix_cache_queries'),
    externalHits: page.total('vllm:external_prefix_cache_hits'),
    hitsBySource: page.by('vllm:prompt_tokens_cached_by_source', 'source'),
  }),
  strain: (page) => ({
    ttftSumS: page.total('vllm:time_to_first_token_seconds_sum'),
    ttftCount: page.total('vllm:time_to_first_token_seconds_count'),
    preemptions: page.total('vllm:num_preemptions_total'),
    waiting: page.total('vllm:num_requests_waiting'),
  }),
  advice: {
    cachedTokens: 'Start vLLM with --enable-prompt-tokens-details.',
    prefixCaching: 'Start vLLM with --enable-prefix-caching.',
    metrics: 'Drop --disable-log-stats of vLLM.',
  },
};

/**
 * Hybrid models reuse whole Mamba blocks only, and none at all in cache mode `none`
 * (vLLM docs/design/hybrid_kv_cache_manager.md).
 */
function blocksOf(
  page: MetricPage,
): Pick<
  ReturnType<EngineKind['setup']>,
  'blockTokens' | 'capacityTokens' | 'prefixCaching' | 'cachesNothing'
> {
  const blocks = page.numbers(CONFIG, 'block_size');
  const counts = page.numbers(CONFIG, 'num_gpu_blocks');
  const mamba = page.numbers(CONFIG, 'mamba_block_size');
  const isOn = page.labels(CONFIG, 'enable_prefix_caching').map((it) => /^true$/i.test(it));
  const modes = page.labels(CONFIG, 'mamba_cache_mode');
  const blockTokens = largest(null, ...blocks);
  return {
    blockTokens: largest(blockTokens, ...mamba),
    capacityTokens:
      counts.length === 0 || blockTokens === null ? null : blockTokens * Math.min(...counts),
    prefixCaching: isOn.length === 0 ? null : isOn.every(Boolean),
    cachesNothing: mamba.length > 0 && modes.length > 0 && modes.every((it) => it === 'none'),
  };
}
