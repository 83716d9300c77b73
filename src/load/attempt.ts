import { systemErrorCode } from '../base/errors.ts';
import type { ExchangeSink } from '../net/load-client.ts';
import { type AnswerReader, answerReader } from './answer.ts';
import type { FailureClass, Sample, SampleLabels } from './sample.ts';

/** One request as a workload hands it over. */
export interface LoadRequest {
  /** Serialised JSON. */
  body: Uint8Array;
  group: string;
  /** Requests of one session never overlap: the next waits for the one before. */
  session?: string | undefined;
}

/** Why we cut a request off ourselves. */
export class CutOff extends Error {
  readonly failure: FailureClass;

  constructor(failure: FailureClass) {
    super(`cut off: ${failure}`);
    this.failure = failure;
  }
}

export interface AttemptOptions {
  id: number;
  labels: SampleLabels;
  request: LoadRequest;
  intendedMs: number;
  /** Milliseconds on the run's clock. */
  now: () => number;
  onSettled: (sample: Sample) => void;
}

/** Turns one exchange into one sample. */
export class Attempt implements ExchangeSink {
  readonly #options: AttemptOptions;
  readonly #sentMs: number;
  readonly #itlsMs: number[] = [];
  #firstTokenMs: number | undefined;
  #lastTokenMs: number | undefined;
  #status: number | undefined;
  #answerBytes = 0;
  #reader: AnswerReader | undefined;
  /** Set once the exchange runs. */
  cut: (reason: Error) => void = () => {};

  constructor(options: AttemptOptions) {
    this.#options = options;
    this.#sentMs = options.now();
  }

  get session(): string | undefined {
    return this.#options.request.session;
  }

  onHead(status: number, headers: readonly Buffer[]): void {
    this.#status = status;
    this.#reader = answerReader(headers);
  }

  onBytes(chunk: Buffer): void {
    this.#answerBytes += chunk.length;
    const outputs = this.#reader!.push(chunk);
    if (outputs === 0) return;
    const nowMs = this.#options.now();
    if (this.#lastTokenMs === undefined) this.#firstTokenMs = nowMs;
    else this.#itlsMs.push(nowMs - this.#lastTokenMs);
    this.#lastTokenMs = nowMs;
    // Further events in the same bytes arrived together: no clock sees a gap between them.
    for (let event = 1; event < outputs; event++) this.#itlsMs.push(0);
  }

  onEnd(): void {
    const failure = this.#reader ? this.#reader.finish() : 'protocol';
    this.#settle((this.#status ?? 0) >= 400 ? 'http' : failure);
  }

  onFailure(error: Error): void {
    this.#settle(error instanceof CutOff ? error.failure : networkFailure(error, this.#status));
  }

  #settle(failure: FailureClass | undefined): void {
    const { id, labels, request, intendedMs, now, onSettled } = this.#options;
    const facts = this.#reader?.facts;
    onSettled({
      id,
      phase: labels.phase,
      arm: labels.arm,
      block: labels.block,
      group: request.group,
      intendedMs,
      sentMs: this.#sentMs,
      firstTokenMs: this.#firstTokenMs,
      lastTokenMs: this.#lastTokenMs,
      endMs: now(),
      itlsMs: this.#itlsMs,
      promptTokens: facts?.promptTokens,
      outputTokens: facts?.completionTokens,
      cachedTokens: facts?.cachedTokens,
      servedBy: facts?.servedBy,
      servedBySource: facts?.servedBySource,
      status: this.#status,
      failure,
      requestBytes: request.body.length,
      answerBytes: this.#answerBytes,
    });
  }
}

/** Codes of a connection that broke, as opposed to one that never came about. */
const RESET_CODES: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

function networkFailure(error: Error, status: number | undefined): FailureClass {
  const code = systemErrorCode(error);
  if (code?.startsWith('HPE_')) return 'protocol';
  const isBroken = status !== undefined || (code !== undefined && RESET_CODES.has(code));
  return isBroken ? 'reset' : 'connect';
}
