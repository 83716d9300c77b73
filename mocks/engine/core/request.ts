import type { TokenChain } from '../../kv/blocks.ts';
import type { TokenIds } from '../../kv/token-ids.ts';

export type FinishReason = 'stop' | 'length' | 'abort';

/** What the scheduler needs to know of a completion request. */
export interface EngineRequest {
  /**
   * Decides the request's latency jitter and its place among simultaneous arrivals:
   * `x-request-id`, or a hash of the body. Repeats of a key are told apart by their occurrence.
   * The answer follows from the prompt alone, as with greedy decoding.
   */
  key: string;
  promptTokens: TokenIds;
  /** The prompt's chains, where somebody has hashed it already: those of the engine's own blocks and seeds count. */
  hashed?: readonly TokenChain[] | undefined;
  /** Defaults to what is left of the model's length. */
  maxTokens?: number | undefined;
  minTokens?: number | undefined;
  ignoreEos?: boolean | undefined;
  /** Lower is served first; default 0. */
  priority?: number | undefined;
  /** Isolates the prefix cache, as vLLM's `cache_salt`. */
  cacheSalt?: string | undefined;
  loraName?: string | undefined;
  /** Which of several answers to one prompt this is; 0, the default, is the greedy one. */
  choice?: number | undefined;
  /** Ends the answer early. */
  stop?: StopRule | undefined;
  /** The seeded answer is a JSON object; as long as it is, short of `maxTokens`. */
  isJsonObject?: boolean | undefined;
  /** Overrides the seeded answer (echo, scripted replies). */
  output?: PlannedOutput | undefined;
  /** Stretches every step the request takes part in (fault `slow`); default 1. */
  slowFactor?: number | undefined;
}

/** What ends an answer besides its own end and `max_tokens`. */
export interface StopRule {
  strings: readonly string[];
  tokenIds: readonly number[];
  /** Keeps the stop string or token in the text (`include_stop_str_in_output`). */
  isIncluded: boolean;
  /** Nothing stops an answer that has no more tokens than this. */
  minTokens: number;
}

/** The whole answer, known from the start and released token by token. */
export interface PlannedOutput {
  /** A `stop` answer ends with the end-of-turn token; it counts as an output token. */
  tokens: readonly number[];
  /** Text of each token; empty for special tokens. */
  pieces: readonly string[];
  /** All pieces. */
  text: string;
  finishReason: 'stop' | 'length';
  /** The stop string or token that ended it; null when it ended by itself or was cut. */
  stopReason: string | number | null;
}

export interface ScheduledInfo {
  atMs: number;
  /** Since submission. */
  queueMs: number;
  /** Tokens not computed again: device blocks plus second tier. What `cached_tokens` reports. */
  cachedTokens: number;
  /** Part of `cachedTokens` found in the device's prefix cache. */
  deviceCachedTokens: number;
  /** Part of `cachedTokens` loaded from the second tier. */
  tierCachedTokens: number;
}

/** Output tokens `first … first + count − 1` became available; see `RequestHandle.output`. */
export interface TokenBatch {
  first: number;
  count: number;
  /** Scheduled time on the engine's clock; compare with the clock to know how late it is. */
  atMs: number;
}

/** How one request went; times in milliseconds of the engine's clock. */
export interface RequestResult {
  finishReason: FinishReason;
  promptTokens: number;
  outputTokens: number;
  cachedTokens: number;
  tierCachedTokens: number;
  preemptions: number;
  submittedMs: number;
  finishedMs: number;
  /** Submission → first scheduled; null when it never was. */
  queueMs: number | null;
  /** Submission → first output token. */
  ttftMs: number | null;
  /** First scheduled → first output token. */
  prefillMs: number | null;
  /** First → last output token. */
  decodeMs: number | null;
  e2eMs: number;
}

/** Called on the engine's clock, in this order. Zero-cost profiles call back before `submit` returns. */
export interface RequestListener {
  /** Once, at first scheduling; a preempted request is not announced again. */
  onScheduled?(info: ScheduledInfo): void;
  onTokens?(batch: TokenBatch): void;
  /** Once, last; also after `abort`. */
  onFinish?(result: RequestResult): void;
}

/** An accepted request. */
export interface RequestHandle {
  readonly accepted: true;
  readonly key: string;
  readonly output: PlannedOutput;
}

/** A request refused at the door, with what an HTTP server should answer. */
export interface RequestRejection {
  readonly accepted: false;
  readonly status: 400 | 429 | 503;
  readonly code:
    | 'prompt_empty'
    | 'queue_full'
    | 'prompt_too_long'
    | 'cache_too_small'
    | 'engine_down';
  readonly message: string;
  readonly retryAfterS: number | null;
}
