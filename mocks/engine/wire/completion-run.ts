import type {
  RequestHandle,
  RequestListener,
  RequestResult,
  ScheduledInfo,
  TokenBatch,
} from '../core/request.ts';
import type { AnswerSink } from './answer-sink.ts';
import type { AnswerText, FinishText, UsageCounts } from './answer-text.ts';
import type { CompletionCall } from './completion-call.ts';
import type { EngineMetrics } from './engine-metrics.ts';

export interface CompletionRunOptions {
  call: CompletionCall;
  text: AnswerText;
  sink: AnswerSink;
  metrics: EngineMetrics;
  /** Once, when the engine is done with the request, aborted or not. */
  onFinish: (result: RequestResult) => void;
}

/** One accepted completion: turns what the engine reports into the answer on the wire. */
export class CompletionRun implements RequestListener {
  readonly #options: CompletionRunOptions;
  #handle: RequestHandle | undefined;
  /** What a zero-cost engine reported before `submit` returned. */
  readonly #early: (() => void)[] = [];
  #cachedTokens = 0;
  #lastTokenMs: number | undefined;
  /** Output tokens announced so far. */
  #tokens = 0;

  #isFinished = false;

  constructor(options: CompletionRunOptions) {
    this.#options = options;
  }

  get isFinished(): boolean {
    return this.#isFinished;
  }

  /** To be called with what `submit` returned. */
  start(handle: RequestHandle): void {
    this.#handle = handle;
    if (this.#options.call.isStream) this.#options.sink.openStream();
    for (const report of this.#early) report();
  }

  onScheduled(info: ScheduledInfo): void {
    this.#cachedTokens = info.cachedTokens;
  }

  onTokens(batch: TokenBatch): void {
    if (!this.#handle) {
      this.#early.push(() => this.onTokens(batch));
      return;
    }
    if (this.#lastTokenMs !== undefined) {
      this.#options.metrics.observeGap(batch.atMs - this.#lastTokenMs, batch.count);
    }
    this.#lastTokenMs = batch.atMs;
    if (this.#options.call.isStream) this.#stream(batch, this.#handle);
    this.#tokens = batch.first + batch.count;
  }

  onFinish(result: RequestResult): void {
    const handle = this.#handle;
    if (!handle) {
      this.#early.push(() => this.onFinish(result));
      return;
    }
    const { call, text, sink, metrics, onFinish } = this.#options;
    this.#isFinished = true;
    metrics.observe(result);
    if (result.finishReason === 'abort') {
      // The client is gone already, or waits for an answer that a crash has ended.
      sink.cut();
    } else {
      const usage = this.#usage(result.outputTokens);
      if (call.isStream) {
        if (call.includeUsage) sink.frame(text.usageChunk(usage), result.outputTokens);
        sink.endStream();
      } else {
        const content = handle.output.pieces.slice(0, result.outputTokens).join('');
        sink.whole(text.whole(content, result.finishReason, usage));
      }
    }
    onFinish(result);
  }

  #stream({ first, count }: TokenBatch, { output }: RequestHandle): void {
    const { call, text, sink } = this.#options;
    const usageAt = (tokens: number): UsageCounts | undefined =>
      call.continuousUsage ? this.#usage(tokens) : undefined;
    // The role travels with the first token: a prefill is silent on the wire.
    const opening = this.#tokens === 0 ? text.opening(usageAt(0)) : undefined;
    if (opening !== undefined) sink.frame(opening, 0);
    for (let index = first; index < first + count; index++) {
      const isLast = index === output.tokens.length - 1;
      const finish: FinishText | null = isLast ? output.finishReason : null;
      sink.frame(text.chunk(output.pieces[index] ?? '', finish, usageAt(index + 1)), index + 1);
    }
    sink.flush();
  }

  #usage(completionTokens: number): UsageCounts {
    return {
      promptTokens: this.#options.call.promptTokens.length,
      completionTokens,
      cachedTokens: this.#cachedTokens,
    };
  }
}
