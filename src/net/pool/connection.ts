import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Clock } from '../../base/clock.ts';
import { atEndOfTurn } from '../../base/turn.ts';
import type { TlsTrust } from '../access.ts';
import { type AnswerEvents, AnswerReader } from './answer-reader.ts';
import type { PoolCall } from './pool-call.ts';
import { requestHead } from './request-head.ts';
import { writeJoined } from './write-joined.ts';
import { WireError } from './wire-error.ts';

export interface Origin {
  host: string;
  port: number;
  isTls: boolean;
}

export interface ConnectionOptions {
  origin: Origin;
  clock: Clock;
  connectTimeoutMs: number;
  /** Idle this long, it is not used again. */
  keepAliveMs: number;
  tls?: TlsTrust | undefined;
}

/** Who keeps the connections. */
export interface ConnectionOwner {
  /** Its answer is whole and another request may follow. */
  onFree(connection: Connection): void;
  onClosed(connection: Connection): void;
  /** The server closed an idle connection just as it was given this request. `isSent`: it may have seen some of it. */
  onStale(call: PoolCall, error: Error, isSent: boolean): void;
}

/** All connections read into it, one at a time: a read is handled before the next begins. */
const READ_BUFFER = Buffer.allocUnsafeSlow(64 * 1024);

/** Closing an idle connection crosses a request on the wire within a round trip, or it was no such case. */
const STALE_MS = 100;
/** Given up this much before the server says that it will close it. */
const KEEP_ALIVE_MARGIN_MS = 1_000;

/** One keep-alive connection; one request at a time. */
export class Connection implements AnswerEvents {
  idleUntilMs = 0;
  readonly #options: ConnectionOptions;
  readonly #owner: ConnectionOwner;
  readonly #socket: Socket;
  readonly #stopConnectTimer: () => void;
  #isOpen = false;
  #call: PoolCall | undefined;
  #reader: AnswerReader | undefined;
  #hasServed = false;
  #hasRead = false;
  #isPaused = false;
  #startedMs = 0;

  /** Connects at once; the first request goes out when it is up. */
  constructor(options: ConnectionOptions, owner: ConnectionOwner) {
    const { clock, connectTimeoutMs, origin } = options;
    this.#options = options;
    this.#owner = owner;
    this.#socket = openSocket(options, (bytes) => this.#read(bytes));
    this.#socket.once(origin.isTls ? 'secureConnect' : 'connect', () => this.#opened());
    this.#socket.once('end', () => this.#ended());
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.once('close', () => this.#closed());
    this.#stopConnectTimer = clock.at(clock.nowMs() + connectTimeoutMs, () =>
      this.#socket.destroy(connectTimeout(connectTimeoutMs)),
    );
  }

  /** False once the server has gone, which may be a moment before `onClosed` says so. */
  get isUsable(): boolean {
    return this.#socket.writable;
  }

  run(call: PoolCall): void {
    this.#call = call;
    call.connection = this;
    this.#hasRead = false;
    this.#startedMs = this.#options.clock.nowMs();
    if (this.#isOpen) this.#sendSoon();
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  onHead(status: number, rawHeaders: string[]): void {
    this.#call?.onHead(status, rawHeaders);
  }

  onData(data: Buffer): void {
    if (this.#call?.onChunk(data) === false) this.#isPaused = true;
  }

  #opened(): void {
    this.#stopConnectTimer();
    this.#isOpen = true;
    this.#sendSoon();
  }

  #sendSoon(): void {
    atEndOfTurn(() => {
      if (this.#call && this.isUsable) this.#send(this.#call);
    });
  }

  #send(call: PoolCall): void {
    let head: string;
    try {
      head = requestHead(call.request);
    } catch (error) {
      this.#fail(error as Error);
      return;
    }
    this.#reader = new AnswerReader(call.request.method, this);
    call.onSent();
    writeJoined(this.#socket, head, call.request.body);
  }

  /** Returns false to stop reading. */
  #read(bytes: Buffer): boolean {
    const reader = this.#reader;
    if (!reader) {
      // Nothing was asked: whatever this is, it would be taken for the next answer.
      this.destroy();
      return false;
    }
    this.#hasRead = true;
    try {
      const taken = reader.push(bytes);
      if (reader.isDone) this.#complete(reader, taken < bytes.length);
    } catch (error) {
      this.#fail(error as Error);
    }
    return !this.#isPaused;
  }

  #ended(): void {
    const reader = this.#reader;
    if (!reader) {
      this.destroy();
      return;
    }
    try {
      reader.end();
      this.#complete(reader, true);
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #complete(reader: AnswerReader, isLast: boolean): void {
    const call = this.#call;
    this.#release();
    const { delivery, trailers } = reader;
    // An answer that came before the request was all sent leaves the rest of it in the way.
    if (!isLast && delivery!.keepsAlive && this.#socket.writableLength === 0) {
      this.#hasServed = true;
      this.idleUntilMs = this.#options.clock.nowMs() + this.#keepAliveMs(delivery!.keepAliveMs);
      this.#owner.onFree(this);
    } else {
      this.destroy();
    }
    call?.onEnd(trailers);
  }

  #keepAliveMs(serversMs: number | undefined): number {
    const { keepAliveMs } = this.#options;
    if (serversMs === undefined) return keepAliveMs;
    return Math.min(keepAliveMs, serversMs - KEEP_ALIVE_MARGIN_MS);
  }

  #fail(error: Error): void {
    const call = this.#call;
    const isStale = this.#hasServed && !this.#hasRead;
    const isSent = this.#reader !== undefined;
    this.#release();
    this.destroy();
    if (!call || call.isOver) return;
    const waitedMs = this.#options.clock.nowMs() - this.#startedMs;
    if (isStale && waitedMs < STALE_MS) this.#owner.onStale(call, error, isSent);
    else call.onError(error);
  }

  #closed(): void {
    this.#stopConnectTimer();
    if (this.#call) this.#fail(new WireError('broken-off', 'the connection was closed'));
    this.#owner.onClosed(this);
  }

  #release(): void {
    this.#call = undefined;
    this.#reader = undefined;
    this.#isPaused = false;
  }
}

function openSocket(
  { origin: { host, port, isTls }, tls }: ConnectionOptions,
  onRead: (bytes: Buffer) => boolean,
): Socket {
  const onread = {
    buffer: READ_BUFFER,
    callback: (length: number, buffer: Uint8Array) =>
      onRead((buffer as Buffer).subarray(0, length)),
  };
  const options = { host, port, noDelay: true, keepAlive: true, onread };
  if (!isTls) return connectTcp(options);
  const servername = isIP(host) === 0 ? { servername: host } : {};
  return connectTls({ ...options, ...tls, ...servername, ALPNProtocols: ['http/1.1'] });
}

function connectTimeout(timeoutMs: number): Error {
  const error = new Error(`no connection within ${timeoutMs} ms`);
  return Object.assign(error, { code: 'ETIMEDOUT' });
}
