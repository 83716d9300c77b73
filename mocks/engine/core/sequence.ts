import { mixSeed } from '../../../src/base/random.ts';
import type { Allocation } from '../../kv/block-cache.ts';
import type { TokenChain } from '../../kv/blocks.ts';
import { JitterStream } from './jitter-stream.ts';
import type {
  EngineRequest,
  FinishReason,
  PlannedOutput,
  RequestHandle,
  RequestListener,
  RequestResult,
} from './request.ts';

export interface SequenceParts {
  request: EngineRequest;
  listener: RequestListener;
  occurrence: number;
  chain: TokenChain;
  tierChain: TokenChain | null;
  output: PlannedOutput;
  submittedMs: number;
  arrivalMs: number;
  jitterSeed: number;
}

/** One accepted request on its way through the engine. */
export class Sequence implements RequestHandle {
  readonly accepted = true;
  readonly key: string;
  readonly occurrence: number;
  readonly output: PlannedOutput;
  readonly listener: RequestListener;
  readonly priority: number;
  readonly slowFactor: number;
  readonly promptTokens: number;
  /** Prompt and emitted tokens. */
  readonly chain: TokenChain;
  readonly tierChain: TokenChain | null;
  readonly submittedMs: number;
  /** When it reaches the scheduler's queue. */
  readonly arrivalMs: number;
  readonly #jitterSeed: number;
  #jitter: JitterStream | undefined;

  allocation: Allocation | undefined;
  /** Tokens whose KV is on the device. */
  computedTokens = 0;
  emittedTokens = 0;
  /** Not before: the second tier is being read until then. */
  readyMs = 0;
  cachedTokens = 0;
  tierCachedTokens = 0;
  preemptions = 0;
  scheduledMs: number | null = null;
  firstTokenMs: number | null = null;
  lastTokenMs = 0;
  isFinished = false;
  /** Cancels the timer it waits for outside the scheduler (arrival, end of response). */
  cancelTimer: (() => void) | undefined;

  constructor(parts: SequenceParts) {
    const { request } = parts;
    this.key = request.key;
    this.occurrence = parts.occurrence;
    this.output = parts.output;
    this.listener = parts.listener;
    this.priority = request.priority ?? 0;
    this.slowFactor = request.slowFactor ?? 1;
    this.chain = parts.chain;
    this.tierChain = parts.tierChain;
    this.promptTokens = parts.chain.length;
    this.submittedMs = parts.submittedMs;
    this.arrivalMs = parts.arrivalMs;
    this.#jitterSeed = parts.jitterSeed;
  }

  /** Drawn from by this request's own steps only, so no other request moves it. */
  get jitter(): JitterStream {
    this.#jitter ??= new JitterStream(
      mixSeed(this.#jitterSeed, this.key, this.occurrence, 'latency'),
    );
    return this.#jitter;
  }

  /** Prompt tokens still to compute, or the one token emitted last. */
  get remainingTokens(): number {
    return this.chain.length - this.computedTokens;
  }

  get isDecoding(): boolean {
    return this.emittedTokens > 0 && this.remainingTokens === 1;
  }

  result(finishReason: FinishReason, finishedMs: number): RequestResult {
    const { scheduledMs, firstTokenMs, submittedMs } = this;
    return {
      finishReason,
      promptTokens: this.promptTokens,
      outputTokens: this.emittedTokens,
      cachedTokens: this.cachedTokens,
      tierCachedTokens: this.tierCachedTokens,
      preemptions: this.preemptions,
      submittedMs,
      finishedMs,
      queueMs: scheduledMs === null ? null : scheduledMs - submittedMs,
      ttftMs: firstTokenMs === null ? null : firstTokenMs - submittedMs,
      prefillMs: firstTokenMs === null ? null : firstTokenMs - (scheduledMs ?? firstTokenMs),
      decodeMs: firstTokenMs === null ? null : this.lastTokenMs - firstTokenMs,
      e2eMs: finishedMs - submittedMs,
    };
  }
}
