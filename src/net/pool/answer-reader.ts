import { type AnswerHead, type Delivery, deliveryOf, parseAnswerHead } from './answer-head.ts';
import { ChunkedDecoder } from './chunked-decoder.ts';
import { malformed, WireError } from './wire-error.ts';

export interface AnswerEvents {
  /** Head of the final answer, flat header pairs as received. */
  onHead(status: number, rawHeaders: string[]): void;
  /** A view of shared memory, valid during the call. */
  onData(data: Buffer): void;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const HEAD_BYTES_MAX = 64 * 1024;
const BEGINNING = 'HTTP/1.';
const NONE = Buffer.alloc(0);

/** Reads one answer to one request from bytes as they come. */
export class AnswerReader {
  readonly #method: string;
  readonly #events: AnswerEvents;
  /** The beginning of a head whose end has not come yet. */
  #partial = NONE;
  #delivery: Delivery | undefined;
  #missing = 0;
  #chunked: ChunkedDecoder | undefined;
  #isDone = false;

  constructor(method: string, events: AnswerEvents) {
    this.#method = method;
    this.#events = events;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  /** Whether another request may follow on this connection, and how long it stays open; once done. */
  get delivery(): Delivery | undefined {
    return this.#delivery;
  }

  get trailers(): string[] {
    return this.#chunked?.trailers ?? [];
  }

  /** Returns the number of bytes taken; fewer than given means that something follows the answer. @throws WireError */
  push(bytes: Buffer): number {
    let at = 0;
    while (!this.#isDone && at < bytes.length) {
      at = this.#delivery ? this.#takeBody(bytes, at) : this.#takeHead(bytes, at);
    }
    return at;
  }

  /** The server has ended the connection. @throws WireError when its answer is not whole */
  end(): void {
    if (this.#isDone) return;
    if (this.#delivery?.framing.kind !== 'until-close') {
      throw new WireError(
        'broken-off',
        'the server closed the connection before its answer was complete',
      );
    }
    this.#isDone = true;
  }

  #takeHead(bytes: Buffer, from: number): number {
    // The end may have been cut in two: three bytes of it can be in the part already here.
    const known = this.#partial.length;
    const text = known === 0 ? bytes.subarray(from) : Buffer.concat([this.#partial, bytes]);
    const end = text.indexOf(HEAD_END, Math.max(0, known - 3));
    if (Math.max(end, end === -1 ? text.length : 0) > HEAD_BYTES_MAX) {
      throw malformed(`its head has more than ${HEAD_BYTES_MAX} bytes`);
    }
    if (end === -1) {
      checkBeginning(text);
      this.#partial = Buffer.from(text);
      return bytes.length;
    }
    this.#partial = NONE;
    this.#readHead(parseAnswerHead(text.toString('latin1', 0, end)));
    return from + end + HEAD_END.length - known;
  }

  #readHead(head: AnswerHead): void {
    // Interim answers (100, 103) are for the connection, not for the client.
    if (head.status < 200) {
      if (head.status === 101) throw malformed('it switches protocols unasked');
      return;
    }
    const delivery = deliveryOf(head, this.#method);
    this.#delivery = delivery;
    const { framing } = delivery;
    if (framing.kind === 'length') this.#missing = framing.bytes;
    if (framing.kind === 'chunked')
      this.#chunked = new ChunkedDecoder((data) => this.#events.onData(data));
    this.#isDone = framing.kind === 'length' && framing.bytes === 0;
    this.#events.onHead(head.status, head.headers);
  }

  #takeBody(bytes: Buffer, from: number): number {
    if (this.#chunked) {
      const end = this.#chunked.push(bytes, from);
      this.#isDone = this.#chunked.isDone;
      return end;
    }
    const isUntilClose = this.#delivery!.framing.kind === 'until-close';
    const end = isUntilClose ? bytes.length : Math.min(bytes.length, from + this.#missing);
    this.#missing -= end - from;
    this.#isDone = !isUntilClose && this.#missing === 0;
    this.#events.onData(bytes.subarray(from, end));
    return end;
  }
}

/** What can never become a head is refused at once, not waited for. */
function checkBeginning(text: Buffer): void {
  const beginning = text.toString('latin1', 0, BEGINNING.length);
  if (!BEGINNING.startsWith(beginning) || text.includes('\n\n')) {
    throw malformed('it does not begin with a head');
  }
}
