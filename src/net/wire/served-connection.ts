import type { Socket } from 'node:net';
import { atEndOfTurn } from '../../base/turn.ts';
import { KEEP_ALIVE_S, Reply, type ReplyCarrier } from './reply.ts';
import { RequestReader, type ServedRequest } from './request-reader.ts';
import { WireError } from './wire-error.ts';

/** Answers one request. A throw becomes a 500 without details. */
export type ServeRequest = (request: ServedRequest, reply: Reply) => void;

export interface ServedConnectionOptions {
  serve: ServeRequest;
  /** A connection whose request head is not complete by then is dropped. */
  headTimeoutMs: number;
  /** Larger bodies are handed over as `too-large`, unread. */
  bodyBytesMax: number;
}

/** What a connection waits for; `answer` is for the server to end. */
type Phase = 'request' | 'head' | 'body' | 'answer' | 'close';

/** As Node's own server. */
const BODY_TIMEOUT_MS = 300_000;
/** What a client may send ahead while it is being answered. */
const AHEAD_BYTES_MAX = 256 * 1024;
/** A client that goes on sending after the last answer is read so long, or it would see a reset instead of it. */
const LINGER_MS = 2_000;

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const NONE: Buffer = Buffer.alloc(0);

/** One client's connection: its requests are answered one after the other. */
export class ServedConnection implements ReplyCarrier {
  readonly socket: Socket;
  readonly #options: ServedConnectionOptions;
  readonly #reader: RequestReader;
  #reply: Reply | undefined;
  #answered = 0;
  /** Sent ahead, to be read once the current request is answered. */
  #ahead = NONE;
  #isReading = false;
  #isClosing = false;
  /** To be sent at the end of this turn. */
  #unsent = '';
  #encoding: 'latin1' | 'utf8' = 'latin1';
  /** What it was waiting for when last looked at, and since when. */
  #seen = { answered: -1, phase: 'request' as Phase, sinceMs: 0 };

  constructor(socket: Socket, options: ServedConnectionOptions) {
    this.socket = socket;
    this.#options = options;
    this.#reader = new RequestReader(options.bodyBytesMax);
    socket.on('data', (bytes: Buffer) => this.#onData(bytes));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#reply?.gone());
  }

  /** Nothing is under way in either direction. */
  get isIdle(): boolean {
    const isSent = this.#unsent === '' && this.socket.writableLength === 0;
    return isSent && this.#phase === 'request';
  }

  /**
   * Whether it has waited too long for its client. Asked from time to time: what is fast takes no
   * look at a clock.
   */
  isOverdue(nowMs: number): boolean {
    const phase = this.#phase;
    const { answered, phase: seenPhase, sinceMs } = this.#seen;
    if (answered === this.#answered && seenPhase === phase) {
      return nowMs - sinceMs > this.#limitMs(phase);
    }
    this.#seen = { answered: this.#answered, phase, sinceMs: nowMs };
    return false;
  }

  sendSoon(text: string, encoding: 'latin1' | 'utf8'): void {
    if (this.#unsent === '') atEndOfTurn(this.#flush);
    else if (encoding !== this.#encoding) this.#flush();
    this.#unsent += text;
    this.#encoding = encoding;
  }

  sendNow(data: string | Buffer, encoding: 'latin1' | 'utf8', onSent?: () => void): void {
    this.#flush();
    this.socket.write(data, encoding, onSent);
  }

  close(): void {
    this.#flush();
    this.socket.destroySoon();
  }

  readonly #flush = (): void => {
    if (this.#unsent === '') return;
    this.socket.write(this.#unsent, this.#encoding);
    this.#unsent = '';
  };

  onReplyEnd(keepsAlive: boolean): void {
    this.#reply = undefined;
    this.#answered++;
    if (!keepsAlive) this.#linger();
    else if (!this.#isReading && this.#ahead.length > 0) this.#readAhead();
  }

  get #phase(): Phase {
    if (this.#isClosing) return 'close';
    if (this.#reply) return 'answer';
    if (this.#reader.isIdle) return 'request';
    return this.#reader.hasHead ? 'body' : 'head';
  }

  #limitMs(phase: Phase): number {
    switch (phase) {
      case 'request':
        return KEEP_ALIVE_S * 1_000;
      case 'head':
        return this.#options.headTimeoutMs;
      case 'body':
        return BODY_TIMEOUT_MS;
      case 'answer':
        return Infinity;
      case 'close':
        return LINGER_MS;
    }
  }

  #onData(bytes: Buffer): void {
    if (this.#isClosing) return;
    if (!this.#reply) {
      this.#read(bytes);
      return;
    }
    this.#ahead = this.#ahead.length === 0 ? bytes : Buffer.concat([this.#ahead, bytes]);
    if (this.#ahead.length > AHEAD_BYTES_MAX) this.socket.pause();
  }

  #readAhead(): void {
    const bytes = this.#ahead;
    this.#ahead = NONE;
    this.socket.resume();
    this.#read(bytes);
  }

  /** Serves what is whole, as long as each answer is there at once. */
  #read(bytes: Buffer): void {
    this.#isReading = true;
    let at = 0;
    try {
      while (at < bytes.length && !this.#reply && !this.#isClosing) {
        at = this.#reader.push(bytes, at);
        const request = this.#reader.take();
        if (request) this.#serve(request);
        else if (this.#reader.takeContinue()) this.sendNow(CONTINUE, 'latin1');
      }
    } catch (error) {
      this.#refuse(error);
    }
    this.#isReading = false;
    if (at < bytes.length && !this.#isClosing) this.#ahead = bytes.subarray(at);
  }

  #serve(request: ServedRequest): void {
    const reply = new Reply(request, this);
    this.#reply = reply;
    try {
      this.#options.serve(request, reply);
    } catch {
      reply.send(500, PLAIN_TEXT, 'Internal Server Error\n');
      if (!reply.isOver) this.socket.destroy();
    }
  }

  /** Malformed requests get a bare answer, as Go's net/http gives: nothing of them can be trusted. */
  #refuse(error: unknown): void {
    if (!(error instanceof WireError)) throw error;
    const status =
      error.fault === 'head-too-large' ? '431 Request Header Fields Too Large' : '400 Bad Request';
    this.sendSoon(
      `HTTP/1.1 ${status}\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n\r\n${status}`,
      'latin1',
    );
    this.#linger();
  }

  /** Says goodbye, and reads on until the client does. */
  #linger(): void {
    this.#isClosing = true;
    this.#ahead = NONE;
    this.#flush();
    this.socket.end();
    this.socket.resume();
  }
}

const PLAIN_TEXT = ['content-type', 'text/plain; charset=utf-8'];
