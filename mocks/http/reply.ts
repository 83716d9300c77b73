import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { ServedRequest } from './request-reader.ts';

export type HangUp = 'fin' | 'rst';

/** The connection a reply goes out on. */
export interface ReplyCarrier {
  readonly socket: Socket;
  /** Not yet taken by the system. */
  readonly pendingBytes: number;
  /** Sends at the end of this turn of the event loop; `latin1` where every character is one byte. */
  sendSoon(text: string, encoding: 'latin1' | 'utf8'): void;
  /** Sends at once, after what was to be sent soon. */
  sendNow(data: string | Buffer, encoding: 'latin1' | 'utf8', onSent?: () => void): void;
  /** Closes the connection once everything is sent. */
  close(): void;
  /** Told once the reply is whole. */
  onReplyEnd(keepsAlive: boolean): void;
}

/** Said to clients, and kept. Longer than any client's pool keeps connections, so that no reuse meets a close. */
export const KEEP_ALIVE_S = 75;

/** A reader that leaves this much of a stream unread is gone or hostile, and is hung up on. */
const UNREAD_BYTES_MAX = 64 * 1024 * 1024;

/**
 * The answer to one request: `send` whole, or `open`, `write`, `end` piece by piece. Whatever is
 * called after its end, after hanging up, or after the client has gone, does nothing.
 */
export class Reply {
  readonly #request: ServedRequest;
  readonly #carrier: ReplyCarrier;
  #state: 'unsent' | 'open' | 'over' | 'hung-up' | 'gone' = 'unsent';
  #status: number | null = null;
  /** Fields of the head whatever the answer, ready to be sent. */
  #commonFields = '';
  #onGone: (() => void) | undefined;

  constructor(request: ServedRequest, carrier: ReplyCarrier) {
    this.#request = request;
    this.#carrier = carrier;
  }

  /** Bytes the client has not read yet. */
  get pendingBytes(): number {
    return this.#carrier.pendingBytes;
  }

  /** Nothing more of it will go out. */
  get isOver(): boolean {
    return this.#state !== 'unsent' && this.#state !== 'open';
  }

  /** What was sent; null while nothing was. */
  get status(): number | null {
    return this.#status;
  }

  /** Called if the connection ends before the reply does; at once if it already has. One listener. */
  onGone(listener: (() => void) | undefined): void {
    if (this.#state === 'gone') listener?.();
    else this.#onGone = listener;
  }

  /** Adds a field to the head of whatever answer follows. */
  addField(name: string, value: string): void {
    this.#commonFields += `${name}: ${fieldValue(value)}\r\n`;
  }

  /** A whole answer. @param fields flat pairs; length and connection are added */
  send(status: number, fields: readonly string[], body: string): void {
    if (this.#state !== 'unsent') return;
    const bytes = Buffer.byteLength(body);
    const hasBody = status !== 204 && status !== 304;
    const head = this.#head(status, fields, hasBody ? `content-length: ${bytes}\r\n` : '');
    const carrier = this.#carrier;
    if (!hasBody || this.#request.method === 'HEAD') carrier.sendSoon(head, 'latin1');
    else if (bytes === body.length) carrier.sendSoon(head + body, 'latin1');
    else {
      carrier.sendSoon(head, 'latin1');
      carrier.sendSoon(body, 'utf8');
    }
    this.#finish();
  }

  /** Sends the head of an answer of unknown length. */
  open(status: number, fields: readonly string[]): void {
    if (this.#state !== 'unsent') return;
    this.#state = 'open';
    const framing = this.#isChunked ? 'transfer-encoding: chunked\r\n' : '';
    this.#carrier.sendNow(this.#head(status, fields, framing), 'latin1');
  }

  /** Returns false when the client does not keep up, and once it has gone; see `onDrained`. */
  write(text: string): boolean {
    if (this.#state !== 'open') return false;
    if (this.pendingBytes > UNREAD_BYTES_MAX) this.hangUp('rst');
    else this.#writeBody(text, '');
    return !this.#carrier.socket.writableNeedDrain;
  }

  /** Called once when everything written so far is on its way. */
  onDrained(listener: () => void): void {
    this.#carrier.socket.once('drain', listener);
  }

  end(text = ''): void {
    if (this.#state !== 'open') return;
    this.#writeBody(text, this.#isChunked ? '0\r\n\r\n' : '');
    this.#finish();
  }

  /** Promises the whole body, sends its first `bytes` and hangs up. */
  sendCut(
    status: number,
    fields: readonly string[],
    { body, bytes, mode }: { body: string; bytes: number; mode: HangUp },
  ): void {
    if (this.#state !== 'unsent') return;
    const whole = Buffer.from(body);
    const carrier = this.#carrier;
    carrier.sendSoon(this.#head(status, fields, `content-length: ${whole.length}\r\n`), 'latin1');
    carrier.sendNow(whole.subarray(0, bytes), 'utf8', () => this.#break(mode));
    this.#state = 'hung-up';
  }

  /** Ends the connection: orderly (FIN, after what was written), or with a reset (RST). */
  hangUp(mode: HangUp): void {
    if (this.isOver) return;
    this.#state = 'hung-up';
    this.#break(mode);
  }

  /** The same once everything written so far is on its way: a reset throws away what is not. */
  hangUpBehind(mode: HangUp): void {
    if (this.isOver) return;
    this.#state = 'hung-up';
    this.#carrier.sendNow('', 'latin1', () => this.#break(mode));
  }

  /** The connection has ended. */
  gone(): void {
    if (this.#state === 'over') return;
    this.#state = 'gone';
    this.#onGone?.();
  }

  #break(mode: HangUp): void {
    if (mode === 'rst') this.#carrier.socket.resetAndDestroy();
    else this.#carrier.close();
  }

  get #isChunked(): boolean {
    return this.#request.minorVersion === 1 && this.#request.method !== 'HEAD';
  }

  /** HTTP/1.0 has no chunks: an answer of unknown length ends with its connection. */
  get #keepsAlive(): boolean {
    const { keepsAlive, minorVersion } = this.#request;
    return keepsAlive && (this.#state === 'unsent' || minorVersion === 1);
  }

  #head(status: number, fields: readonly string[], framing: string): string {
    this.#status = status;
    let text = statusLine(status) + this.#commonFields;
    for (let index = 0; index < fields.length; index += 2) {
      text += `${fields[index]!}: ${fieldValue(fields[index + 1]!)}\r\n`;
    }
    return text + framing + (this.#keepsAlive ? keptAlive() : closed());
  }

  /** @param last what ends the body */
  #writeBody(text: string, last: string): void {
    if (this.#request.method === 'HEAD') return;
    const bytes = Buffer.byteLength(text);
    const isFramed = this.#isChunked && bytes > 0;
    const framed = (isFramed ? `${bytes.toString(16)}\r\n${text}\r\n` : text) + last;
    // Pure ASCII is the same in both encodings, and Node writes Latin-1 in half the time.
    if (framed !== '') this.#carrier.sendNow(framed, bytes === text.length ? 'latin1' : 'utf8');
  }

  #finish(): void {
    const keepsAlive = this.#keepsAlive;
    this.#state = 'over';
    this.#carrier.onReplyEnd(keepsAlive);
  }
}

const statusLines = new Map<number, string>();

function statusLine(status: number): string {
  let line = statusLines.get(status);
  if (line === undefined) {
    line = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n`;
    statusLines.set(status, line);
  }
  return line;
}

const NO_VALUE = /[^\t\u0020-\u00ff]|\u007f/;

/** Line ends never get into a head. */
function fieldValue(value: string): string {
  return NO_VALUE.test(value) ? value.replaceAll(/[^\t\u0020-\u00ff]|\u007f/g, '?') : value;
}

let tailSecond = 0;
let keptAliveTail = '';
let closedTail = '';

function keptAlive(): string {
  refreshTails();
  return keptAliveTail;
}

function closed(): string {
  refreshTails();
  return closedTail;
}

/** The end of every head, which says the time of day to the second. */
function refreshTails(): void {
  const second = Math.floor(Date.now() / 1_000);
  if (second === tailSecond) return;
  tailSecond = second;
  const date = `date: ${new Date(second * 1_000).toUTCString()}\r\n`;
  keptAliveTail = `${date}connection: keep-alive\r\nkeep-alive: timeout=${KEEP_ALIVE_S}\r\n\r\n`;
  closedTail = `${date}connection: close\r\n\r\n`;
}
