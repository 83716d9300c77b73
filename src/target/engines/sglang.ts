import { numberOf, textOf } from '../../base/json.ts';
import { type EngineKind, type Info, largest, NO_COUNTERS } from './kind.ts';

/**
 * SGLang. Read, not run. Names: docs.sglang.io/references/production_metrics and
 * python/sglang/srt/observability/metrics_collector.py (0.5.11: gauges `page_size`, `num_pages`;
 * before, labels of `cache_config_info`). /server_info was /get_server_info before 0.5.4.
 * Aborted requests have a counter of their own.
 */
export const sglang: EngineKind = {
  id: 'sglang',
  name: 'SGLang',
  owner: 'sglang',
  prefix: 'sglang',
  metricsPath: '/metrics',
  infoPaths: ['/server_info', '/get_server_info'],
  owns: (info) => 'disable_radix_cache' in info || 'page_size' in info,
  tokenizesChat: true,
  setup: (info, page) => ({
    version: textOf(info['version']),
    blockTokens: largest(
      numberOf(info['page_size']),
      page.largest('sglang:page_size'),
      ...page.numbers('sglang:cache_config_info', 'page_size'),
    ),
    capacityTokens: largest(
      numberOf(info['max_total_num_tokens']),
      page.largest('sglang:max_total_num_tokens'),
    ),
    ranks: Math.max(numberOf(info['dp_size']) ?? 1, page.count('dp_rank')),
    prefixCaching: switchOf(info),
    cachesNothing: false,
    maxModelLength: numberOf(info['context_length']),
  }),
  count: (page) => {
    const finished = page.total('sglang:num_requests_total');
    return {
      ...NO_COUNTERS,
      requests:
        finished === null
          ? null
          : finished + (page.total('sglang:num_aborted_requests_total') ?? 0),
      promptTokens: page.total('sglang:prompt_tokens_total'),
      // Every prompt token is looked up, those of a request without a hit too.
      prefixQueries: page.total('sglang:prompt_tokens_total'),
      prefixHits: page.total('sglang:cached_tokens_total'),
      hitsBySource: page.by('sglang:cached_tokens_total', 'cache_source'),
    };
  },
  strain: (page) => ({
    ttftSumS: page.total('sglang:time_to_first_token_seconds_sum'),
    ttftCount: page.total('sglang:time_to_first_token_seconds_count'),
    preemptions: null,
    waiting: page.total('sglang:num_queue_reqs'),
  }),
  advice: {
    cachedTokens: 'Start SGLang with --enable-cache-report.',
    prefixCaching: 'Start SGLang without --disable-radix-cache.',
    metrics: 'Start SGLang with --enable-metrics.',
  },
};

function switchOf(info: Info): boolean | null {
  const isOff = info['disable_radix_cache'];
  return typeof isOff === 'boolean' ? !isOff : null;
}
