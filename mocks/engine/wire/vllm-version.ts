import { METRICS_CONTENT_TYPE } from '../../../src/protocol/prometheus.ts';
import { mockError } from '../../errors.ts';

/** How KV events are written (vllm/distributed/kv_events.py of each version). */
export interface KvEventDialect {
  /** On ZeroMQ: positional arrays up to 0.23, maps keyed by `type` since 0.24. */
  shape: 'array' | 'map';
  /** The members that only some versions have, of those this one has. */
  members: readonly KvEventMember[];
  /** Whether the scheduler also publishes what connectors such as LMCache's store. */
  hasConnectorEvents: boolean;
  /** Whether the frames of a replay name the topic too. */
  replaysTopic: boolean;
}

export type KvEventMember =
  | 'medium'
  | 'lora_name'
  | 'extra_keys'
  | 'group_idx'
  | 'kv_cache_spec_kind';

/** How answers are written (vllm/entrypoints/openai, protocol.py of each version). */
export interface AnswerDialect {
  /** What follows a chat message's `function_call`. */
  messageTail: string;
  /** What a choice ends with. */
  choiceTail: string;
  /** What follows `prompt_token_ids` of a chat, and what follows `kv_transfer_params` of any answer. */
  promptTail: string;
  answerTail: string;
  /** Told by whole answers, by the last chunk of each choice and by the usage chunk. */
  hasFingerprint: boolean;
  /** What usage says of the prompt's tokens beside those found. */
  usageDetails: 'cached' | 'cached and created';
  /** Whether the usage of each chunk has details of the prompt's tokens, too. */
  detailsContinuously: boolean;
  /** Whether chunks have members for ids of tokens, null unless asked for. */
  chunkTokenIds: boolean;
}

/** Families of /metrics that only some versions have. */
export interface MetricsDialect {
  contentType: string;
  /** Gauge names of KV cache use; a while both were emitted. */
  kvUsage: readonly string[];
  prefixCache: string;
  interToken: string;
  hasExternalCache: boolean;
  /** Tokens by where they came from, histograms of what requests were like, `_created` series. */
  isDetailed: boolean;
  finishReasons: readonly string[];
}

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
  hasKvEventSources: boolean;
  /** Who is served on the `…/render` routes: nobody, everybody, or those of an engine with `--enable-scale-out`. */
  rendering: 'none' | 'open' | 'scale-out';
  /** How a refusal words what is wrong: in pydantic's and vLLM's own words, or with the least of them. */
  errorWords: 'short' | 'full';
  /** What happens to a wish for more output than the prompt leaves of the model's length. */
  overlongOutput: 'cut' | 'refused';
  answers: AnswerDialect;
  metrics: MetricsDialect;
  /** Body of `POST /reset_prefix_cache`, which answers 200 even when it refused. */
  resetBody: 'empty' | 'success';
  kvEvents: KvEventDialect;
}

const KV_USAGE = 'vllm:kv_cache_usage_perc';
const GPU_USAGE = 'vllm:gpu_cache_usage_perc';

const V0_32: VllmDialect = {
  version: '0.32.0',
  errorShape: 'nested',
  unknownModelParam: 'model',
  guardedPrefixes: ['/v1', '/v2', '/inference', '/cohere'],
  zeroCachedTokens: 'zero',
  textChunkUsageNull: false,
  hasKvEventSources: true,
  rendering: 'scale-out',
  errorWords: 'full',
  overlongOutput: 'cut',
  answers: {
    messageTail: ',"reasoning":null',
    choiceTail: ',"routed_experts":null',
    promptTail: ',"prompt_text":null',
    answerTail: ',"ec_transfer_params":null,"metrics":null',
    hasFingerprint: true,
    usageDetails: 'cached and created',
    detailsContinuously: false,
    chunkTokenIds: true,
  },
  metrics: {
    contentType: 'text/plain; version=1.0.0; charset=utf-8',
    kvUsage: [KV_USAGE],
    prefixCache: 'vllm:prefix_cache',
    interToken: 'vllm:inter_token_latency_seconds',
    hasExternalCache: true,
    isDetailed: true,
    finishReasons: ['stop', 'length', 'abort', 'error', 'repetition'],
  },
  resetBody: 'success',
  kvEvents: {
    shape: 'map',
    members: ['medium', 'lora_name', 'extra_keys', 'group_idx', 'kv_cache_spec_kind'],
    hasConnectorEvents: true,
    replaysTopic: true,
  },
};

const V0_25: VllmDialect = {
  ...V0_32,
  version: '0.25.1',
  hasKvEventSources: false,
  rendering: 'open',
  errorWords: 'short',
  overlongOutput: 'refused',
  answers: {
    messageTail: ',"tool_calls":[],"reasoning":null',
    choiceTail: '',
    promptTail: '',
    answerTail: '',
    hasFingerprint: false,
    usageDetails: 'cached',
    detailsContinuously: true,
    chunkTokenIds: false,
  },
  metrics: {
    ...V0_32.metrics,
    contentType: METRICS_CONTENT_TYPE,
    isDetailed: false,
    finishReasons: ['stop', 'length', 'abort'],
  },
  kvEvents: { ...V0_32.kvEvents, replaysTopic: false },
};

const V0_21: VllmDialect = {
  ...V0_25,
  version: '0.21.0',
  zeroCachedTokens: 'null',
  resetBody: 'empty',
  kvEvents: {
    ...V0_25.kvEvents,
    shape: 'array',
    members: ['medium', 'lora_name', 'extra_keys', 'group_idx'],
  },
};

const V0_10: VllmDialect = {
  ...V0_21,
  version: '0.10.2',
  unknownModelParam: null,
  rendering: 'none',
  guardedPrefixes: ['/v1'],
  textChunkUsageNull: true,
  answers: { ...V0_21.answers, messageTail: ',"tool_calls":[],"reasoning_content":null' },
  metrics: {
    ...V0_21.metrics,
    kvUsage: [KV_USAGE, GPU_USAGE],
    interToken: 'vllm:time_per_output_token_seconds',
    hasExternalCache: false,
  },
  kvEvents: { ...V0_21.kvEvents, members: ['medium'], hasConnectorEvents: false },
};

const V0_9: VllmDialect = {
  ...V0_10,
  version: '0.9.2',
  errorShape: 'flat',
  metrics: { ...V0_10.metrics, kvUsage: [GPU_USAGE], prefixCache: 'vllm:gpu_prefix_cache' },
  kvEvents: { ...V0_10.kvEvents, members: [] },
};

const DIALECTS: readonly VllmDialect[] = [V0_32, V0_25, V0_21, V0_10, V0_9];

export const VLLM_VERSIONS: readonly string[] = DIALECTS.map(({ version }) => version);

/**
 * The dialect of a version by its full number or its minor one (`0.25`); the newest by default.
 * @throws KvcacheError VLLM_VERSION_UNKNOWN (kind usage)
 */
export function vllmDialect(version: string = V0_32.version): VllmDialect {
  const dialect = DIALECTS.find(
    (it) => it.version === version || it.version.startsWith(`${version}.`),
  );
  if (dialect) return dialect;
  throw mockError('VLLM_VERSION_UNKNOWN', {
    message: `No mock engine speaks as vLLM ${version}.`,
    remedy: `Choose one of ${VLLM_VERSIONS.join(', ')}.`,
  });
}
