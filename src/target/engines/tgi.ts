import { numberOf, textOf } from '../../base/json.ts';
import { type EngineKind, NO_COUNTERS, NO_SETUP, NO_STRAIN } from './kind.ts';

/**
 * Hugging Face Text Generation Inference. Read, not run:
 * huggingface.co/docs/text-generation-inference/reference/metrics, router/src/server.rs.
 * It caches prefixes and says nothing of it, in usage or metrics; /tokenize takes plain text.
 */
export const tgi: EngineKind = {
  id: 'tgi',
  name: 'Text Generation Inference',
  owner: null,
  prefix: 'tgi',
  metricsPath: '/metrics',
  infoPaths: ['/info'],
  owns: (info) => 'model_id' in info && 'max_total_tokens' in info,
  tokenizesChat: false,
  setup: (info) => ({
    ...NO_SETUP,
    version: textOf(info['version']),
    maxModelLength: numberOf(info['max_total_tokens']),
  }),
  count: (page) => {
    const succeeded = page.total('tgi_request_success');
    return {
      ...NO_COUNTERS,
      requests: succeeded === null ? null : succeeded + (page.total('tgi_request_failure') ?? 0),
      promptTokens: page.total('tgi_request_input_length_sum'),
    };
  },
  strain: () => NO_STRAIN,
  advice: {
    cachedTokens: 'TGI reports no cached tokens: latency has to tell.',
    prefixCaching: 'Start TGI with USE_PREFIX_CACHING=1.',
    metrics: 'Let /metrics of TGI be reached.',
  },
};
