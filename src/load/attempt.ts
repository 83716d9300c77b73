import { messageOf, systemErrorCode } from '../base/errors.ts';
import type { Exchange, ExchangeSink, LoadClient } from '../net/load-client.ts';
import { WireError } from '../net/pool/wire-error.ts';
import { headFactsOf } from '../protocol/chat-evidence.ts';
import { answerReader } from './answer.ts';
import { NO_FACTS } from './answer-facts.ts';
import type { AnswerFault, AnswerReader } from './answer-reader.ts';
import { KeptAnswer } from './kept-answer.ts';
import { problemLine } from './problem.ts';
import { type FailureClass, type Sample, type SampleLabels, toMicros } from './sample.ts';

/** One request as a workload hands it over. */
export interface LoadRequest {
  /** Serialised JSON. */
  body: Uint8Array;
  group: string;
  /** Requests of one session never overlap: the next waits for the one before. */
  session?: string | undefined;
  /** Of a part of a plan: its place in the whole, which is the sample's id. */
  position?: number | undefined;
}

/** Why we cut a request off ourselves. */
class CutOff extends Error {
  readonly failure: FailureClass;

  constructor(failure: FailureClass) {
    super(`cut off: ${failure}`);
    this.failure = failure;
  }
}

/** What all attempts of a phase have in common. */
export interface AttemptHost {
  readonly labels: SampleLabels;
  /** Headers that name who served, before the known ones; lower case. */
  readonly servedByHeaders: readonly string[];
  /** Whether attempts keep what was answered, for people to look at. */
  readonly keepsAnswers: boolean;
  /** Milliseconds on the run's clock. */
  now(): number;
  settled(attempt: Attempt, sample: Sample): void;
}

/** Turns one exchange into one sample. */
export class Attempt implements ExchangeSink {
  readonly #host: AttemptHost;
  readonly #request: LoadRequest;
  readonly #id: number;
  readonly #intendedMs: number;
  /** Until it is sent, and when it never is, the moment it was handed over. */
  #sentMs: number;
  readonly #itlsMs: number[] = [];
  #firstTokenMs: number | undefined;
  #lastTokenMs: number | undefined;
  /** Arrival of the first token, though it may decode to no text. */
  #seenTokenMs: number | undefined;
  readonly kept: KeptAnswer | undefined;
  #status: number | undefined;
  #answerBytes = 0;
  #reader: AnswerReader | undefined;
  #exchange: Exchange | undefined;

  constructor(host: AttemptHost, request: LoadRequest, due: { id: number; intendedMs: number }) {
    this.#host = host;
    this.#request = request;
    this.#id = due.id;
    this.#intendedMs = due.intendedMs;
    this.#sentMs = host.now();
    this.kept = host.keepsAnswers ? new KeptAnswer() : undefined;
  }

  start(client: LoadClient): void {
    this.#exchange = client.post(this.#request.body, this);
  }

  cut(failure: FailureClass): void {
    this.#exchange?.abort(new CutOff(failure));
  }

  get session(): string | undefined {
    return this.#request.session;
  }

  onSent(): void {
    this.#sentMs = this.#host.now();
  }

  onHead(status: number, rawHeaders: readonly string[]): void {
    this.#status = status;
    const facts = headFactsOf(rawHeaders, this.#host.servedByHeaders);
    this.#reader = answerReader(status, facts, this.kept !== undefined);
    this.kept?.takeHead(rawHeaders);
  }

  onBytes(chunk: Buffer): void {
    this.#answerBytes += chunk.length;
    this.kept?.takeBytes(chunk);
    const reader = this.#reader!;
    const outputs = reader.push(chunk);
    if (outputs > 0) this.#takeOutputs(outputs);
    else if (reader.facts.hasToken) this.#seenTokenMs ??= this.#host.now();
  }

  #takeOutputs(outputs: number): void {
    const nowMs = this.#host.now();
    if (this.#lastTokenMs === undefined) this.#firstTokenMs = nowMs;
    else this.#itlsMs.push(toMicros(nowMs - this.#lastTokenMs));
    this.#lastTokenMs = nowMs;
    // Further events in the same bytes arrived together: no clock sees a gap between them.
    for (let event = 1; event < outputs; event++) this.#itlsMs.push(0);
  }

  onEnd(): void {
    const fault = this.#reader!.finish();
    if (this.#firstTokenMs === undefined && fault === undefined) this.#takeLateToken();
    this.#settle(fault);
  }

  /** Of a stream without text the first token seen; or one that only the end of the stream gave away. */
  #takeLateToken(): void {
    const { isStreamed, hasToken } = this.#reader!.facts;
    const endMs = isStreamed && hasToken ? this.#host.now() : undefined;
    this.#firstTokenMs = this.#seenTokenMs ?? endMs;
    this.#lastTokenMs = this.#firstTokenMs;
  }

  onFailure(error: Error): void {
    this.#settle(
      error instanceof CutOff ? this.#cutFault(error) : networkFault(error, this.#status),
    );
  }

  #cutFault({ failure }: CutOff): AnswerFault {
    if (failure !== 'timeout') return { failure, problem: 'The run ended before the answer did.' };
    const seen = this.#status === undefined ? 'nothing' : `${this.#answerBytes} bytes`;
    return { failure, problem: `Until the time limit ${seen} had come.` };
  }

  #settle(fault: AnswerFault | undefined): void {
    const { phase, arm, block } = this.#host.labels;
    const facts = this.#reader?.facts ?? NO_FACTS;
    if (this.kept) this.kept.text = facts.text;
    this.#host.settled(this, {
      id: this.#id,
      phase,
      arm,
      block,
      group: this.#request.group,
      intendedMs: this.#intendedMs,
      sentMs: this.#sentMs,
      firstTokenMs: this.#firstTokenMs,
      lastTokenMs: this.#lastTokenMs,
      endMs: this.#host.now(),
      itlsMs: this.#itlsMs,
      promptTokens: facts.promptTokens,
      outputTokens: facts.completionTokens,
      cachedTokens: facts.cachedTokens,
      servedBy: facts.servedBy,
      servedBySource: facts.servedBySource,
      headerServedBy: facts.headerServedBy,
      reason: facts.reason,
      predictedTokens: facts.predictedTokens,
      status: this.#status,
      finishReason: facts.finishReason,
      failure: fault?.failure,
      problem: fault?.problem,
      requestBytes: this.#request.body.length,
      answerBytes: this.#answerBytes,
    });
  }
}

/** Codes of a connection that broke, as opposed to one that never came about. */
const RESET_CODES: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);

function networkFault(error: Error, status: number | undefined): AnswerFault {
  const code = systemErrorCode(error);
  const problem = problemLine(
    code === undefined ? messageOf(error) : `${code}: ${messageOf(error)}`,
  );
  return { failure: networkFailure(error, code, status), problem };
}

function networkFailure(
  error: Error,
  code: string | undefined,
  status: number | undefined,
): FailureClass {
  if (error instanceof WireError && error.fault !== 'unsent') {
    return error.fault === 'malformed' ? 'protocol' : 'reset';
  }
  const isBroken = status !== undefined || (code !== undefined && RESET_CODES.has(code));
  return isBroken ? 'reset' : 'connect';
}
