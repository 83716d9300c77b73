/** What an engine counts, whatever it calls it. */
export interface Counts {
  /** Finished, by reason. */
  finished: { stop: number; length: number };
  running: number;
  promptTokens: number;
  cachedTokens: number;
  generatedTokens: number;
  /** Seconds. */
  ttftSum: number;
  e2eSum: number;
}

export interface Dialect {
  family: 'vllm' | 'sglang';
  /** Answer of GET /version; null where there is no such route. */
  version: string | null;
  /**
   * `usage.prompt_tokens_details` of an answer; undefined leaves the member out.
   * @param isStream the usage chunk of a stream, which some versions write without its nulls
   */
  details(cached: number, promptTokens: number, isStream: boolean): object | null | undefined;
  /** The member of a message or delta that holds a model's thoughts. */
  reasoningMember: 'reasoning' | 'reasoning_content';
  hasMetrics: boolean;
  /** Tokens per block unless the engine is told otherwise. */
  blockTokens: number;
  metrics: VllmNames | null;
}

/** What the counters of a vLLM version are called. */
export interface VllmNames {
  prefixCache: 'vllm:gpu_prefix_cache' | 'vllm:prefix_cache';
  kvUsage: readonly string[];
  finishReasons: readonly string[];
  /** Counters of the KV connector, which stay at 0 without one. */
  hasExternal: boolean;
  /** `prompt_tokens_by_source`, `prompt_tokens_cached`, `prompt_tokens_cached_by_source`. */
  hasSources: boolean;
  contentType: string;
}

const TEXT_FORMAT = 'text/plain; version=0.0.4; charset=utf-8';

const VLLM_09: VllmNames = {
  prefixCache: 'vllm:gpu_prefix_cache',
  kvUsage: ['vllm:gpu_cache_usage_perc'],
  finishReasons: ['stop', 'length', 'abort'],
  hasExternal: false,
  hasSources: false,
  contentType: TEXT_FORMAT,
};
const VLLM_021: VllmNames = {
  ...VLLM_09,
  prefixCache: 'vllm:prefix_cache',
  kvUsage: ['vllm:kv_cache_usage_perc'],
  finishReasons: ['stop', 'length', 'abort', 'error', 'repetition'],
  hasExternal: true,
};
const VLLM_032: VllmNames = {
  ...VLLM_021,
  hasSources: true,
  contentType: 'text/plain; version=1.0.0; charset=utf-8',
};

/** Up to 0.24 a miss looks like an engine that reports nothing: null, and in a stream not even that. */
const nullOnMiss: Dialect['details'] = (cached, _promptTokens, isStream) => {
  if (cached > 0) return { cached_tokens: cached };
  return isStream ? undefined : null;
};

const VLLM_025: Dialect = {
  family: 'vllm',
  version: '0.25.1',
  details: (cached) => ({ cached_tokens: cached }),
  reasoningMember: 'reasoning',
  hasMetrics: true,
  blockTokens: 16,
  metrics: VLLM_021,
};

/** Without --enable-prompt-tokens-details, which is vLLM's default. */
const noDetails: Dialect['details'] = (_cached, _promptTokens, isStream) =>
  isStream ? undefined : null;

export const DIALECTS = {
  'vllm-0.9': {
    ...VLLM_025,
    version: '0.9.2',
    details: nullOnMiss,
    reasoningMember: 'reasoning_content',
    metrics: VLLM_09,
  },
  'vllm-0.21': { ...VLLM_025, version: '0.21.0', details: nullOnMiss },
  'vllm-0.25': VLLM_025,
  'vllm-0.32': {
    ...VLLM_025,
    version: '0.32.0',
    details: (cached, promptTokens, isStream) => ({
      cached_tokens: cached,
      // Whole blocks of the prompt that were not there before.
      created_cache_tokens: Math.floor(promptTokens / 16) * 16 - cached,
      ...(!isStream && { multimodal_tokens: null }),
    }),
    metrics: VLLM_032,
  },
  /** With --enable-cache-report: its details are null on a miss, in streams too. */
  sglang: {
    family: 'sglang',
    version: null,
    details: (cached) => (cached > 0 ? { cached_tokens: cached } : null),
    reasoningMember: 'reasoning_content',
    hasMetrics: true,
    blockTokens: 1,
    metrics: null,
  },
  silent: { ...VLLM_025, details: noDetails },
  mute: { ...VLLM_025, details: noDetails, hasMetrics: false },
} as const satisfies Record<string, Dialect>;

export type DialectId = keyof typeof DIALECTS;
