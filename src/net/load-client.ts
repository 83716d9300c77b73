import { KvcacheError } from '../base/errors.ts';
import {
  type ConnectionOwner,
  type ExchangeSink,
  LoadConnection,
  type Origin,
} from './load-connection.ts';

/** One request under way. */
export interface Exchange {
  /** Cuts it off, which ends in `onFailure`. */
  abort(reason: Error): void;
}

export interface LoadClientOptions {
  /** Where every request is posted. */
  url: string;
  /** Upper bound of requests in flight, one connection each. */
  connections: number;
  headers?: Readonly<Record<string, string>>;
  connectTimeoutMs: number;
}

/** Posts pre-serialised JSON bodies to one URL with as little of our own work as possible. */
export interface LoadClient {
  post(body: Uint8Array, sink: ExchangeSink): Exchange;
  /** Cuts off everything still open. */
  close(): Promise<void>;
}

/**
 * Speaks HTTP/1.1 itself, one request at a time on each keep-alive connection: about half the client
 * CPU of undici's leanest interface, so that less of what is measured is us. A failed request is never
 * sent again. Time limits on answers are the caller's.
 * @throws KvcacheError URL_INVALID, HEADER_INVALID (kind usage)
 */
export function createLoadClient(options: LoadClientOptions): LoadClient {
  return new Connections(options);
}

class Connections implements LoadClient, ConnectionOwner {
  readonly #origin: Origin;
  readonly #head: Buffer;
  readonly #max: number;
  readonly #open = new Set<LoadConnection>();
  readonly #idle: LoadConnection[] = [];
  /** Exchanges that wait for a connection, in order. */
  readonly #waiting = new Set<PendingExchange>();
  #lastBody: Uint8Array | undefined;
  #lastMessage: Uint8Array = Buffer.alloc(0);
  #isClosed = false;
  #onAllClosed: () => void = () => {};

  constructor(options: LoadClientOptions) {
    const url = parseUrl(options.url);
    const isTls = url.protocol === 'https:';
    this.#max = options.connections;
    this.#origin = {
      isTls,
      host: url.hostname.replaceAll(/^\[|\]$/g, ''),
      port: Number(url.port) || (isTls ? 443 : 80),
      connectTimeoutMs: options.connectTimeoutMs,
    };
    this.#head = headOf(url, options.headers ?? {});
  }

  post(body: Uint8Array, sink: ExchangeSink): Exchange {
    const exchange = new PendingExchange(this.#messageOf(body), sink);
    this.#dispatch(exchange);
    return exchange;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const reason = new Error('The client was closed.');
    for (const exchange of this.#waiting) exchange.abort(reason);
    const allClosed = new Promise<void>((resolve) => (this.#onAllClosed = resolve));
    for (const connection of this.#open) connection.cut(reason);
    if (this.#open.size > 0) await allClosed;
  }

  free(connection: LoadConnection): void {
    const next = this.#nextWaiting();
    if (next) next.sendOn(connection);
    else this.#idle.push(connection);
  }

  retired(connection: LoadConnection): void {
    const index = this.#idle.indexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
  }

  closed(connection: LoadConnection): void {
    this.#open.delete(connection);
    if (this.#isClosed && this.#open.size === 0) this.#onAllClosed();
    const next = this.#nextWaiting();
    if (next) this.#dispatch(next);
  }

  /** On the connection used last, whose memory is warmest; else on a new one; else it waits. */
  #dispatch(exchange: PendingExchange): void {
    const nowMs = performance.now();
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      if (idle.isFresh(nowMs)) {
        exchange.sendOn(idle);
        return;
      }
      idle.cut(new Error('idle for too long'));
    }
    if (this.#isClosed) exchange.abort(new Error('The client was closed.'));
    else if (this.#open.size >= this.#max) this.#waiting.add(exchange);
    else {
      const connection = new LoadConnection(this.#origin, this);
      this.#open.add(connection);
      exchange.sendOn(connection);
    }
  }

  #nextWaiting(): PendingExchange | undefined {
    for (const exchange of this.#waiting) {
      this.#waiting.delete(exchange);
      if (!exchange.isOver) return exchange;
    }
    return undefined;
  }

  /** Head and body in one piece of memory: one packet, one system call. */
  #messageOf(body: Uint8Array): Uint8Array {
    if (body === this.#lastBody) return this.#lastMessage;
    const end = `${body.length}\r\n\r\n`;
    const message = Buffer.allocUnsafe(this.#head.length + end.length + body.length);
    message.set(this.#head, 0);
    message.write(end, this.#head.length, 'latin1');
    message.set(body, this.#head.length + end.length);
    this.#lastBody = body;
    this.#lastMessage = message;
    return message;
  }
}

class PendingExchange implements Exchange {
  readonly #message: Uint8Array;
  readonly #sink: ExchangeSink;
  #connection: LoadConnection | undefined;
  isOver = false;

  constructor(message: Uint8Array, sink: ExchangeSink) {
    this.#message = message;
    this.#sink = sink;
  }

  sendOn(connection: LoadConnection): void {
    this.#connection = connection;
    connection.send(this.#message, this.#sink);
  }

  abort(reason: Error): void {
    if (this.#connection) this.#connection.abort(this.#sink, reason);
    else if (!this.isOver) {
      this.isOver = true;
      queueMicrotask(() => this.#sink.onFailure(reason));
    }
  }
}

/** Everything of a request but the number of its bytes. */
function headOf(url: URL, headers: Readonly<Record<string, string>>): Buffer {
  const fields = Object.entries({
    host: url.host,
    'content-type': 'application/json',
    accept: '*/*',
    ...headers,
  });
  const bad = fields.find(
    ([name, value]) => /[^\w-]/.test(name) || /[^\t\u0020-\u00ff]/.test(value),
  );
  if (bad) {
    throw new KvcacheError({
      kind: 'usage',
      code: 'HEADER_INVALID',
      message: `The value of the header ${bad[0]} holds characters that HTTP forbids.`,
      remedy: 'Look for a line end or a character outside Latin-1, for example in the API key.',
    });
  }
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const path = url.pathname + url.search;
  return Buffer.from(`POST ${path} HTTP/1.1\r\n${lines}content-length: `, 'latin1');
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw new KvcacheError({
    kind: 'usage',
    code: 'URL_INVALID',
    message: 'The target is not an http or https URL.',
    remedy: 'Write it out, for example http://127.0.0.1:8000.',
  });
}
