import { type EngineKind, NO_COUNTERS, NO_SETUP, NO_STRAIN } from './kind.ts';

/** Anything that answers chat completions. Lengths come from `usage`, hits from cached tokens or latency. */
export const unknown: EngineKind = {
  id: 'unknown',
  name: 'engine of an unknown kind',
  owner: null,
  prefix: '',
  metricsPath: '/metrics',
  infoPaths: [],
  owns: () => false,
  tokenizesChat: null,
  setup: () => NO_SETUP,
  count: () => NO_COUNTERS,
  strain: () => NO_STRAIN,
  advice: {
    cachedTokens: 'Let the engine report usage.prompt_tokens_details.cached_tokens.',
    prefixCaching: 'Turn prefix caching on.',
    metrics: 'Turn the engine’s Prometheus metrics on, under /metrics.',
  },
};
