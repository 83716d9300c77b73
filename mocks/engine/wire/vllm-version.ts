import { KvcacheError } from '../../../src/base/errors.ts';

/** How KV events are written (vllm/distributed/kv_events.py of each version). */
export interface KvEventDialect {
  /** On ZeroMQ: positional arrays up to 0.23, maps keyed by `type` since 0.24. */
  shape: 'array' | 'map';
  /** The members that only some versions have, of those this one has. */
  members: readonly KvEventMember[];
  /** Whether the scheduler also publishes what connectors such as LMCache's store. */
  hasConnectorEvents: boolean;
}

export type KvEventMember =
  | 'medium'
  | 'lora_name'
  | 'extra_keys'
  | 'group_idx'
  | 'kv_cache_spec_kind';

/** Where vLLM's wire differs between versions; everything else is the same in all of them. */
export interface VllmDialect {
  version: string;
  /** Before 0.10: `{"object":"error","message",…}`; since then nested under `error`. */
  errorShape: 'flat' | 'nested';
  /** `param` of an unknown model's 404. */
  unknownModelParam: 'model' | null;
  /** Path prefixes an API key protects (vllm/entrypoints/openai, authentication middleware). */
  guardedPrefixes: readonly string[];
  /** Builds that test `cached_tokens` for truth leave the details null when nothing was cached. */
  zeroCachedTokens: 'null' | 'zero';
  /** Whether `/v1/completions` chunks carry `usage: null`. */
  textChunkUsageNull: boolean;
  /** Gauge names of KV cache use; a while both were emitted. */
  kvUsageMetrics: readonly string[];
  prefixCacheMetric: string;
  interTokenMetric: string;
  hasExternalCacheMetrics: boolean;
  /** Body of `POST /reset_prefix_cache`, which answers 200 even when it refused. */
  resetBody: 'empty' | 'success';
  kvEvents: KvEventDialect;
}

const KV_USAGE = 'vllm:kv_cache_usage_perc';
const GPU_USAGE = 'vllm:gpu_cache_usage_perc';

const V0_25: VllmDialect = {
  version: '0.25.1',
  errorShape: 'nested',
  unknownModelParam: 'model',
  guardedPrefixes: ['/v1', '/v2', '/inference', '/cohere'],
  zeroCachedTokens: 'zero',
  textChunkUsageNull: false,
  kvUsageMetrics: [KV_USAGE],
  prefixCacheMetric: 'vllm:prefix_cache',
  interTokenMetric: 'vllm:inter_token_latency_seconds',
  hasExternalCacheMetrics: true,
  resetBody: 'success',
  kvEvents: {
    shape: 'map',
    members: ['medium', 'lora_name', 'extra_keys', 'group_idx', 'kv_cache_spec_kind'],
    hasConnectorEvents: true,
  },
};

const V0_21: VllmDialect = {
  ...V0_25,
  version: '0.21.0',
  zeroCachedTokens: 'null',
  resetBody: 'empty',
  kvEvents: {
    shape: 'array',
    members: ['medium', 'lora_name', 'extra_keys', 'group_idx'],
    hasConnectorEvents: true,
  },
};

const V0_10: VllmDialect = {
  ...V0_21,
  version: '0.10.2',
  unknownModelParam: null,
  guardedPrefixes: ['/v1'],
  textChunkUsageNull: true,
  kvUsageMetrics: [KV_USAGE, GPU_USAGE],
  interTokenMetric: 'vllm:time_per_output_token_seconds',
  hasExternalCacheMetrics: false,
  kvEvents: { shape: 'array', members: ['medium'], hasConnectorEvents: false },
};

const V0_9: VllmDialect = {
  ...V0_10,
  version: '0.9.2',
  errorShape: 'flat',
  kvUsageMetrics: [GPU_USAGE],
  prefixCacheMetric: 'vllm:gpu_prefix_cache',
  kvEvents: { shape: 'array', members: [], hasConnectorEvents: false },
};

const DIALECTS: readonly VllmDialect[] = [V0_25, V0_21, V0_10, V0_9];

export const VLLM_VERSIONS: readonly string[] = DIALECTS.map(({ version }) => version);

/**
 * The dialect of a version by its full number or its minor one (`0.25`); the newest by default.
 * @throws KvcacheError VLLM_VERSION_UNKNOWN (kind usage)
 */
export function vllmDialect(version: string = V0_25.version): VllmDialect {
  const dialect = DIALECTS.find(
    (it) => it.version === version || it.version.startsWith(`${version}.`),
  );
  if (dialect) return dialect;
  throw new KvcacheError({
    kind: 'usage',
    code: 'VLLM_VERSION_UNKNOWN',
    message: `No mock engine speaks as vLLM ${version}.`,
    remedy: `Choose one of ${VLLM_VERSIONS.join(', ')}.`,
  });
}
