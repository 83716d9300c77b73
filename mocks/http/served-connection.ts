import type { Socket } from 'node:net';
import { atEndOfTurn } from '../../src/base/turn.ts';
import { ByteStore } from '../../src/base/byte-store.ts';
import { KEEP_ALIVE_S, Reply, type ReplyCarrier } from './reply.ts';
import { RequestReader, type ServedRequest } from './request-reader.ts';
import { WireError } from '../../src/net/pool/wire-error.ts';

/** Answers one request. A throw becomes a 500 without details. */
export type ServeRequest = (request: ServedRequest, reply: Reply) => void;

export interface ServedConnectionOptions {
  serve: ServeRequest;
  /** A connection whose request head is not complete by then is dropped, as is one that never says anything. */
  headTimeoutMs: number;
  /** Larger bodies are handed over as `too-large`, unread. */
  bodyBytesMax: number;
}

/**
 * What a connection waits for: `answer` is for the server to end; `unread` is answered, but the
 * client has not taken all of it.
 */
type Phase = 'request' | 'head' | 'body' | 'answer' | 'unread' | 'close';

/** As Node's own server. */
const BODY_TIMEOUT_MS = 300_000;
/** What a client may send ahead while it is being answered. */
const AHEAD_BYTES_MAX = 256 * 1024;
/**
 * A client that leaves more than this of its answers unread gets no further one meanwhile. Not
 * below a socket's high-water mark, or `drain` would not tell when to go on.
 */
const UNREAD_BYTES_MAX = 256 * 1024;
/** How long an answer is kept for a client that takes no more of it. One write counts once it is taken whole. */
const UNREAD_TIMEOUT_MS = 75_000;
/** A client that goes on sending after the last answer is read so long, or it would see a reset instead of it. */
const LINGER_MS = 2_000;

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';

/** One client's connection: its requests are answered one after the other. */
export class ServedConnection implements ReplyCarrier {
  readonly socket: Socket;
  readonly #options: ServedConnectionOptions;
  readonly #reader: RequestReader;
  #reply: Reply | undefined;
  #answered = 0;
  /** Sent ahead, to be read once the current request is answered. */
  readonly #ahead = new ByteStore();
  #isReading = false;
  #isClosing = false;
  /** To be sent at the end of this turn. */
  #unsent = '';
  #encoding: 'latin1' | 'utf8' = 'latin1';
  /** What it was waiting for when last looked at, and since when. */
  #seen = { answered: -1, phase: 'request' as Phase, unread: 0, sinceMs: 0 };

  constructor(socket: Socket, options: ServedConnectionOptions) {
    this.socket = socket;
    this.#options = options;
    this.#reader = new RequestReader(options.bodyBytesMax);
    socket.on('data', (bytes: Buffer) => this.#onData(bytes));
    socket.on('drain', () => this.#readAhead());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#reply?.gone());
  }

  /** Nothing is under way in either direction. */
  get isIdle(): boolean {
    return this.#phase === 'request';
  }

  get pendingBytes(): number {
    return this.socket.writableLength + this.#unsent.length;
  }

  /**
   * Whether it has waited too long for its client. Asked from time to time: what is fast takes no
   * look at a clock.
   */
  isOverdue(nowMs: number): boolean {
    const phase = this.#phase;
    const unread = this.pendingBytes;
    const seen = this.#seen;
    if (seen.answered === this.#answered && seen.phase === phase && seen.unread === unread) {
      return nowMs - seen.sinceMs > this.#limitMs(phase);
    }
    this.#seen = { answered: this.#answered, phase, unread, sinceMs: nowMs };
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
    const text = this.#unsent;
    this.#unsent = '';
    this.socket.write(text, this.#encoding);
    this.#readAhead();
  };

  onReplyEnd(keepsAlive: boolean): void {
    this.#reply = undefined;
    this.#answered++;
    if (keepsAlive) this.#readAhead();
    else this.#linger();
  }

  get #phase(): Phase {
    if (this.#reply && !this.#reply.isOver) return 'answer';
    if (this.pendingBytes > 0) return 'unread';
    // A reply that is over and still here has hung up.
    if (this.#isClosing || this.#reply) return 'close';
    if (this.#reader.isIdle) return 'request';
    return this.#reader.hasHead ? 'body' : 'head';
  }

  #limitMs(phase: Phase): number {
    switch (phase) {
      case 'request':
        return this.#answered === 0 ? this.#options.headTimeoutMs : KEEP_ALIVE_S * 1_000;
      case 'head':
        return this.#options.headTimeoutMs;
      case 'body':
        return BODY_TIMEOUT_MS;
      case 'answer':
        return Infinity;
      case 'unread':
        return UNREAD_TIMEOUT_MS;
      case 'close':
        return LINGER_MS;
    }
  }

  #onData(bytes: Buffer): void {
    if (this.#isClosing) return;
    if (this.#mayServe && this.#ahead.length === 0) this.#read(bytes);
    else this.#keepAhead(bytes);
  }

  /** The next request has to wait for the answer to the one before, and for a client that does not read. */
  get #mayServe(): boolean {
    return this.#reply === undefined && this.pendingBytes <= UNREAD_BYTES_MAX;
  }

  #keepAhead(bytes: Buffer): void {
    this.#ahead.add(bytes);
    if (this.#ahead.length > AHEAD_BYTES_MAX) this.socket.pause();
  }

  #readAhead(): void {
    if (this.#isReading || this.#ahead.length === 0 || !this.#mayServe) return;
    this.#read(this.#ahead.take());
    if (this.#ahead.length <= AHEAD_BYTES_MAX) this.socket.resume();
  }

  /** Serves what is whole, as long as each answer is there at once. */
  #read(bytes: Buffer): void {
    this.#isReading = true;
    let at = 0;
    try {
      while (at < bytes.length && this.#mayServe && !this.#isClosing) {
        at = this.#reader.push(bytes, at);
        const request = this.#reader.take();
        if (request) this.#serve(request);
        else if (this.#reader.takeContinue()) this.sendNow(CONTINUE, 'latin1');
      }
    } catch (error) {
      this.#refuse(error);
    }
    this.#isReading = false;
    if (at < bytes.length && !this.#isClosing) this.#keepAhead(bytes.subarray(at));
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
    this.#ahead.clear();
    this.#flush();
    this.socket.end();
    this.socket.resume();
  }
}

const PLAIN_TEXT = ['content-type', 'text/plain; charset=utf-8'];
