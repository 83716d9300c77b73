import { textOf } from '../../base/json.ts';
import { type EngineKind, NO_COUNTERS, NO_SETUP, NO_STRAIN } from './kind.ts';

/**
 * Ollama. Read, not run: docs.ollama.com/api/openai-compatibility; cached tokens since 2026
 * (issues 8008 and 16714, pull request 16916). No metrics and no tokenizer route.
 */
export const ollama: EngineKind = {
  id: 'ollama',
  name: 'Ollama',
  owner: 'library',
  prefix: 'ollama',
  metricsPath: '/metrics',
  infoPaths: ['/api/version'],
  owns: (info) => textOf(info['version']) !== null,
  tokenizesChat: false,
  setup: (info) => ({ ...NO_SETUP, version: textOf(info['version']), blockTokens: 1 }),
  count: () => NO_COUNTERS,
  strain: () => NO_STRAIN,
  advice: {
    cachedTokens: 'Take an Ollama that reports cached tokens in usage.',
    prefixCaching: 'Ollama reuses the last prompt of a slot: keep the model loaded.',
    metrics: 'Ollama exports no metrics.',
  },
};
