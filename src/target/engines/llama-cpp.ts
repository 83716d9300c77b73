import { numberOf, textOf } from '../../base/json.ts';
import { type EngineKind, type Info, NO_COUNTERS, NO_SETUP, NO_STRAIN } from './kind.ts';

/**
 * llama.cpp's `llama-server`. Read, not run: tools/server/README.md; `cached_tokens` in usage since
 * pull request 19361. /tokenize takes plain text and applies no chat template. Its counter of prompt
 * tokens is of those computed, and there is none of requests, so neither can be compared with ours.
 */
export const llamaCpp: EngineKind = {
  id: 'llama-cpp',
  name: 'llama.cpp',
  owner: 'llamacpp',
  prefix: 'llamacpp',
  metricsPath: '/metrics',
  infoPaths: ['/props'],
  owns: (info) => 'default_generation_settings' in info,
  tokenizesChat: false,
  setup: (info) => ({
    ...NO_SETUP,
    version: textOf(info['build_info']),
    blockTokens: 1,
    maxModelLength: numberOf((info['default_generation_settings'] as Info | undefined)?.['n_ctx']),
  }),
  count: () => NO_COUNTERS,
  strain: () => NO_STRAIN,
  advice: {
    cachedTokens: 'Take a llama-server of February 2026 or newer.',
    prefixCaching: 'Start llama-server without --no-cache-prompt.',
    metrics: 'llama-server has no counter of requests.',
  },
};
