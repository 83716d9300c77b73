import type { Clock } from '../../../src/base/clock.ts';
import type { LatenessGauge } from '../../time/lateness.ts';
import type {
  RequestHandle,
  RequestListener,
  RequestResult,
  ScheduledInfo,
  TokenBatch,
} from '../core/request.ts';
import type { AnswerSink } from './answer-sink.ts';
import type { AnswerText, ChoiceText, UsageCounts } from './answer-text.ts';
import type { CompletionCall } from './completion-call.ts';
import type { EndedRequest } from './detailed-metrics.ts';
import type { EngineMetrics } from './engine-metrics.ts';

const NO_IDS: readonly number[] = [];

/** How a whole answer went; counts as `usage` reports them. */
export interface AnswerResult {
  promptTokens: number;
  outputTokens: number;
  /** As vLLM: of one choice, see `CompletionRun`. */
  cachedTokens: number;
  /** Of the choice that finished last. */
  last: RequestResult;
}

export interface CompletionRunOptions {
  call: CompletionCall;
  text: AnswerText;
  sink: AnswerSink;
  metrics: EngineMetrics;
  maxModelLen: number;
  clock: Clock;
  /** Told how late each batch of tokens was on its way: the last of a hundred streams waits for the others. */
  lateness: LatenessGauge;
  /** Once, when the engine is done with all choices, aborted or not. */
  onFinish: (result: AnswerResult) => void;
}

/**
 * One accepted completion: turns what the engine reports of its choices into the answer on the
 * wire. As in vLLM each choice is a request of the engine's own; a prompt counts once however many
 * answers it has, and `cached_tokens` is that of one request: the first to be heard of in a
 * stream, the last one otherwise (`vllm/entrypoints/openai/serving_chat.py`,
 * `serving_completion.py`; `vllm/v1/engine/parallel_sampling.py`).
 */
export class CompletionRun {
  readonly choices: ChoiceRun[] = [];
  readonly #options: CompletionRunOptions;
  /** What a zero-cost engine reported before all choices were accepted. */
  #early: (readonly [ChoiceRun, TokenBatch | RequestResult])[] | undefined = [];
  #cachedTokens: number | undefined;
  #finished = 0;
  #streamedTokens = 0;

  constructor(options: CompletionRunOptions) {
    this.#options = options;
    const count = options.call.prompts.length * options.call.choicesPerPrompt;
    for (let index = 0; index < count; index++) this.choices.push(new ChoiceRun(this, index));
  }

  get isFinished(): boolean {
    return this.#finished === this.choices.length;
  }

  /** To be called once every choice has its handle. */
  start(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    if (this.#options.call.isStream) this.#options.sink.openStream();
    for (const [choice, report] of early) {
      if ('count' in report) this.onTokens(choice, report);
      else this.onFinish(choice, report);
    }
  }

  onTokens(choice: ChoiceRun, batch: TokenBatch): void {
    if (this.#early) {
      this.#early.push([choice, batch]);
      return;
    }
    const { call, metrics } = this.#options;
    if (choice.lastTokenMs !== undefined) {
      metrics.observeGap(batch.atMs - choice.lastTokenMs, batch.count);
    }
    choice.lastTokenMs = batch.atMs;
    if (call.isStream) this.#stream(choice, batch);
  }

  onFinish(choice: ChoiceRun, result: RequestResult): void {
    if (this.#early) {
      this.#early.push([choice, result]);
      return;
    }
    choice.result = result;
    this.#options.metrics.observe(this.#ended(choice, result));
    if (!this.#options.call.isStream) this.#cachedTokens = choice.cachedTokens;
    else this.#endCut(choice, result);
    if (++this.#finished === this.choices.length) this.#finish(result);
  }

  #finish(last: RequestResult): void {
    const { call, text, sink, onFinish } = this.#options;
    let outputTokens = 0;
    let isAborted = false;
    for (const { result } of this.choices) {
      outputTokens += result!.outputTokens;
      if (result!.finishReason === 'abort') isAborted = true;
    }
    const usage = this.#usage(outputTokens);
    if (isAborted) {
      // The client is gone already, or waits for an answer that a crash has ended.
      sink.cut();
    } else if (call.isStream) {
      if (call.includeUsage) sink.frame(text.usageChunk(usage), outputTokens);
      sink.endStream();
    } else {
      sink.whole(text.whole(this.choices.map(choiceText), usage));
    }
    const { promptTokens, cachedTokens } = usage;
    onFinish({ promptTokens, cachedTokens, outputTokens, last });
  }

  #stream(choice: ChoiceRun, { first, count, atMs }: TokenBatch): void {
    const { call, text, sink, clock, lateness } = this.#options;
    const { output } = choice.handle!;
    if (this.#cachedTokens === undefined) {
      this.#cachedTokens = choice.cachedTokens;
      this.#open();
    }
    for (let index = first; index < first + count; index++) {
      const json = text.chunk(choice.index, output.pieces[index] ?? '', {
        end: index === output.tokens.length - 1 ? output : undefined,
        usage: call.continuousUsage ? this.#usageOf(choice, index + 1) : undefined,
        tokenIds: call.returnTokenIds ? [output.tokens[index]!] : NO_IDS,
        isFirst: index === 0,
      });
      sink.frame(json, ++this.#streamedTokens);
    }
    sink.flush();
    lateness.record(clock.nowMs() - atMs);
  }

  /** An answer that the engine had no more room for: no token of it was known to be the last. */
  #endCut(choice: ChoiceRun, { finishReason, outputTokens }: RequestResult): void {
    const isWhole = outputTokens === choice.handle!.output.tokens.length;
    if (isWhole || finishReason === 'abort') return;
    const { call, text, sink } = this.#options;
    const usage = call.continuousUsage ? this.#usageOf(choice, outputTokens) : undefined;
    const end = { finishReason, stopReason: null };
    const extras = { end, usage, tokenIds: NO_IDS, isFirst: outputTokens === 0 };
    sink.frame(text.chunk(choice.index, '', extras), this.#streamedTokens);
  }

  /** The roles travel with the first token of all: a prefill is silent on the wire. */
  #open(): void {
    const { call, text, sink } = this.#options;
    for (const choice of this.choices) {
      const usage = call.continuousUsage ? this.#usageOf(choice, 0) : undefined;
      const opening = text.opening(choice.index, usage);
      if (opening !== undefined) sink.frame(opening, 0);
    }
  }

  #ended({ index }: ChoiceRun, result: RequestResult): EndedRequest {
    const { prompts, choicesPerPrompt: choices, maxTokens = Infinity } = this.#options.call;
    const { length } = prompts[Math.floor(index / choices)]!;
    const left = this.#options.maxModelLen - length;
    return { result, choices, maxTokens: Math.min(maxTokens, left) };
  }

  #usage(completionTokens: number): UsageCounts {
    let promptTokens = 0;
    for (const { length } of this.#options.call.prompts) promptTokens += length;
    return { promptTokens, completionTokens, cachedTokens: this.#cachedTokens ?? 0 };
  }

  #usageOf({ index }: ChoiceRun, completionTokens: number): UsageCounts {
    const { prompts, choicesPerPrompt } = this.#options.call;
    const promptTokens = prompts[Math.floor(index / choicesPerPrompt)]!.length;
    return { promptTokens, completionTokens, cachedTokens: this.#cachedTokens ?? 0 };
  }
}

/** One choice: what the engine knows as a request. */
export class ChoiceRun implements RequestListener {
  readonly index: number;
  /** What `submit` returned. */
  handle: RequestHandle | undefined;
  result: RequestResult | undefined;
  cachedTokens = 0;
  lastTokenMs: number | undefined;
  readonly #run: CompletionRun;

  constructor(run: CompletionRun, index: number) {
    this.#run = run;
    this.index = index;
  }

  onScheduled(info: ScheduledInfo): void {
    this.cachedTokens = info.cachedTokens;
  }

  onTokens(batch: TokenBatch): void {
    this.#run.onTokens(this, batch);
  }

  onFinish(result: RequestResult): void {
    this.#run.onFinish(this, result);
  }
}

function choiceText({ handle, result }: ChoiceRun): ChoiceText {
  const { output } = handle!;
  const { outputTokens, finishReason } = result!;
  // An engine out of room ends an answer before its plan.
  const isWhole = outputTokens === output.tokens.length;
  return {
    content: isWhole ? output.text : output.pieces.slice(0, outputTokens).join(''),
    tokenIds: isWhole ? output.tokens : output.tokens.slice(0, outputTokens),
    finishReason,
    stopReason: isWhole ? output.stopReason : null,
  };
}
