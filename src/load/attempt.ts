import { systemErrorCode } from '../base/errors.ts';
import type { Exchange, ExchangeSink, LoadClient } from '../net/load-client.ts';
import { WireError } from '../net/wire/wire-error.ts';
import { lowerCaseName } from '../protocol/headers.ts';
import { type AnswerReader, answerReader } from './answer.ts';
import { type FailureClass, type Sample, type SampleLabels, toMicros } from './sample.ts';

/** One request as a workload hands it over. */
export interface LoadRequest {
  /** Serialised JSON. */
  body: Uint8Array;
  group: string;
  /** Requests of one session never overlap: the next waits for the one before. */
  session?: string | undefined;
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
    this.#reader = answerReader({ get: (name) => fieldOf(rawHeaders, name) });
  }

  onBytes(chunk: Buffer): void {
    this.#answerBytes += chunk.length;
    const outputs = this.#reader!.push(chunk);
    if (outputs === 0) return;
    const nowMs = this.#host.now();
    if (this.#lastTokenMs === undefined) this.#firstTokenMs = nowMs;
    else this.#itlsMs.push(toMicros(nowMs - this.#lastTokenMs));
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
    const { phase, arm, block } = this.#host.labels;
    const facts = this.#reader?.facts;
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
      promptTokens: facts?.promptTokens,
      outputTokens: facts?.completionTokens,
      cachedTokens: facts?.cachedTokens,
      servedBy: facts?.servedBy,
      servedBySource: facts?.servedBySource,
      status: this.#status,
      failure,
      requestBytes: this.#request.body.length,
      answerBytes: this.#answerBytes,
    });
  }
}

/** The first field of that name in flat pairs. */
function fieldOf(rawHeaders: readonly string[], lowerName: string): string | undefined {
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (lowerCaseName(rawHeaders[index]!) === lowerName) return rawHeaders[index + 1];
  }
  return undefined;
}

/** Codes of a connection that broke, as opposed to one that never came about. */
const RESET_CODES: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);

function networkFailure(error: Error, status: number | undefined): FailureClass {
  if (error instanceof WireError && error.fault !== 'unsent') {
    return error.fault === 'malformed' ? 'protocol' : 'reset';
  }
  const code = systemErrorCode(error);
  const isBroken = status !== undefined || (code !== undefined && RESET_CODES.has(code));
  return isBroken ? 'reset' : 'connect';
}
