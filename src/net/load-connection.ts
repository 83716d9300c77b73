import { connect, isIP, type NetConnectOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import {
  type AnswerEvents,
  type AnswerHead,
  AnswerParser,
  InvalidAnswer,
} from './answer-parser.ts';

/** Receives one exchange's events, in order; exactly one of `onEnd` and `onFailure` comes last. */
export interface ExchangeSink {
  onHead(head: AnswerHead): void;
  /** @param chunk valid only during the call: the memory is read into again */
  onBytes(chunk: Buffer): void;
  onEnd(): void;
  onFailure(error: Error): void;
}

/** Who is told what becomes of a connection. */
export interface ConnectionOwner {
  /** It can carry another exchange. */
  free(connection: LoadConnection): void;
  /** It will carry no more exchanges, and is about to close. */
  retired(connection: LoadConnection): void;
  closed(connection: LoadConnection): void;
}

export interface Origin {
  isTls: boolean;
  host: string;
  port: number;
  connectTimeoutMs: number;
}

/** Every answer is read into the same memory: its bytes are used or copied before the next ones come. */
const READ_BUFFER = Buffer.allocUnsafe(64 * 1024);
/** Below the 5 s after which uvicorn, and with it vLLM, closes an idle connection without saying so first. */
const IDLE_MS = 4_000;
/** Taken off what the server grants: its clock started earlier than ours. */
const IDLE_RESERVE_MS = 1_000;

/** One connection, one exchange at a time. */
export class LoadConnection implements AnswerEvents {
  readonly #owner: ConnectionOwner;
  readonly #socket: Socket;
  readonly #parser = new AnswerParser(this);
  #sink: ExchangeSink | undefined;
  #failure: Error | undefined;
  #isRetired = false;
  #idleLimitMs = IDLE_MS;
  #idleSinceMs = 0;

  constructor(origin: Origin, owner: ConnectionOwner) {
    this.#owner = owner;
    this.#socket = origin.isTls ? this.#openTls(origin) : this.#open(origin);
    const timer = setTimeout(() => this.cut(connectTimeout()), origin.connectTimeoutMs);
    this.#socket.once(origin.isTls ? 'secureConnect' : 'connect', () => clearTimeout(timer));
    this.#socket.once('end', () => this.#ended());
    this.#socket.on('error', (error) => (this.#failure ??= error));
    this.#socket.once('close', () => {
      clearTimeout(timer);
      this.#closed();
    });
  }

  /** Whether the server still holds the idle connection open, as far as can be known. */
  isFresh(nowMs: number): boolean {
    return nowMs - this.#idleSinceMs < this.#idleLimitMs;
  }

  send(message: Uint8Array, sink: ExchangeSink): void {
    this.#sink = sink;
    this.#socket.write(message);
  }

  /** Cuts off the exchange of `sink`, unless it is over. */
  abort(sink: ExchangeSink, reason: Error): void {
    if (this.#sink === sink) this.cut(reason);
  }

  /** Closes it; what it carries fails with the reason. */
  cut(reason: Error): void {
    this.#failure ??= reason;
    this.#retire();
    this.#socket.destroy();
  }

  onHead(head: AnswerHead): void {
    const granted = /timeout=(\d+)/i.exec(head.get('keep-alive') ?? '')?.[1];
    if (granted !== undefined) {
      this.#idleLimitMs = Math.min(IDLE_MS, Number(granted) * 1_000 - IDLE_RESERVE_MS);
    }
    this.#sink!.onHead(head);
  }

  onBytes(bytes: Buffer): void {
    this.#sink!.onBytes(bytes);
  }

  /** Free before the end is told: whoever hears of it has the next request ready. */
  onEnd(isReusable: boolean): void {
    const sink = this.#sink!;
    this.#sink = undefined;
    if (isReusable && this.#socket.writableLength === 0 && !this.#isRetired) {
      this.#idleSinceMs = performance.now();
      this.#owner.free(this);
    } else {
      this.#retire();
      this.#socket.destroy();
    }
    sink.onEnd();
  }

  #open(origin: Origin): Socket {
    const onread = {
      buffer: READ_BUFFER,
      callback: (length: number) => {
        this.#read(READ_BUFFER.subarray(0, length));
        return true;
      },
    };
    return connect({
      host: origin.host,
      port: origin.port,
      noDelay: true,
      onread,
    } as NetConnectOpts);
  }

  #openTls({ host, port }: Origin): Socket {
    const name = isIP(host) === 0 ? { servername: host } : {};
    const socket = connectTls({ host, port, ...name, ALPNProtocols: ['http/1.1'] });
    socket.setNoDelay(true);
    return socket.on('data', (bytes: Buffer) => this.#read(bytes));
  }

  #read(bytes: Buffer): void {
    try {
      if (this.#sink === undefined) this.cut(new Error('bytes nobody asked for'));
      else this.#parser.push(bytes);
    } catch (error) {
      if (!(error instanceof InvalidAnswer)) throw error;
      this.cut(error);
    }
  }

  #ended(): void {
    if (this.#sink !== undefined) this.#parser.close();
    this.#retire();
  }

  #closed(): void {
    this.#retire();
    const sink = this.#sink;
    this.#sink = undefined;
    this.#owner.closed(this);
    sink?.onFailure(this.#failure ?? connectionLost());
  }

  #retire(): void {
    if (this.#isRetired) return;
    this.#isRetired = true;
    this.#owner.retired(this);
  }
}

function connectTimeout(): Error {
  return Object.assign(new Error('No connection in time.'), { code: 'ETIMEDOUT' });
}

function connectionLost(): Error {
  const message = 'The server closed the connection before its answer was complete.';
  return Object.assign(new Error(message), { code: 'ECONNRESET' });
}
