import { systemClock } from '../base/clock.ts';
import { basicAuthorization, parseHttpUrl } from '../base/origin.ts';
import type { Access } from './access.ts';
import type { UpstreamCall, UpstreamReceiver } from './pool/pool-call.ts';
import type { WireRequest } from './pool/request-head.ts';
import { UpstreamPool } from './pool/upstream-pool.ts';
import { netError } from './errors.ts';

/** Receives one exchange's events, in order; exactly one of `onEnd` and `onFailure` comes last. */
export interface ExchangeSink {
  /** The request goes out on a live connection now. */
  onSent(): void;
  /** @param rawHeaders flat pairs as received */
  onHead(status: number, rawHeaders: readonly string[]): void;
  /** @param chunk valid only during the call: the memory is read into again */
  onBytes(chunk: Buffer): void;
  onEnd(): void;
  onFailure(error: Error): void;
}

/** One request under way. */
export interface Exchange {
  /** Cuts it off, which ends in `onFailure`. */
  abort(reason: Error): void;
}

export interface LoadClientOptions extends Partial<Access> {
  /** Where every request is posted. User info goes out as basic authorization. */
  url: string;
  /** Upper bound of requests in flight, one connection each. */
  connections: number;
  connectTimeoutMs: number;
}

/** Posts pre-serialised JSON bodies to one URL with as little of our own work as possible. */
export interface LoadClient {
  post(body: Uint8Array, sink: ExchangeSink): Exchange;
  /** Cuts off everything still open. */
  close(): Promise<void>;
}

/**
 * A failed request is never sent again. Time limits on answers are the caller's.
 * @throws KvcacheError URL_INVALID, HEADER_INVALID (kind usage)
 */
export function createLoadClient(options: LoadClientOptions): LoadClient {
  return new PooledLoadClient(options);
}

class PooledLoadClient implements LoadClient {
  readonly #pool: UpstreamPool;
  readonly #path: string;
  /** Every field but the length of the body. */
  readonly #headers: readonly string[];
  #lastBody: Uint8Array | undefined;
  #lastRequest: WireRequest | undefined;
  isClosed = false;

  constructor(options: LoadClientOptions) {
    const url = parseHttpUrl(options.url, 'the target');
    this.#path = url.pathname + url.search;
    this.#headers = headersOf(url, options.headers ?? {});
    this.#pool = new UpstreamPool(url.origin, {
      clock: systemClock,
      connectionsMax: options.connections,
      connectTimeoutMs: options.connectTimeoutMs,
      resends: 'none',
      tls: options.tls,
    });
  }

  post(body: Uint8Array, sink: ExchangeSink): Exchange {
    const exchange = new PooledExchange(this, sink);
    if (this.isClosed) exchange.abort(clientClosed());
    else exchange.begin(this.#pool.send(this.#requestOf(body), exchange));
    return exchange;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.#pool.destroy();
  }

  /** Many workloads post one body again and again. */
  #requestOf(body: Uint8Array): WireRequest {
    if (body === this.#lastBody) return this.#lastRequest!;
    this.#lastBody = body;
    this.#lastRequest = {
      method: 'POST',
      path: this.#path,
      headers: [...this.#headers, 'content-length', String(body.length)],
      body: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
    };
    return this.#lastRequest;
  }
}

class PooledExchange implements Exchange, UpstreamReceiver {
  readonly #client: PooledLoadClient;
  readonly #sink: ExchangeSink;
  #call: UpstreamCall | undefined;
  #isOver = false;

  constructor(client: PooledLoadClient, sink: ExchangeSink) {
    this.#client = client;
    this.#sink = sink;
  }

  begin(call: UpstreamCall): void {
    this.#call = call;
  }

  /** Its end is told later, never while the caller is still busy with cutting it off. */
  abort(reason: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#call?.abort();
    queueMicrotask(() => this.#sink.onFailure(reason));
  }

  onSent(): void {
    this.#sink.onSent();
  }

  onHead(status: number, rawHeaders: readonly string[]): void {
    this.#sink.onHead(status, rawHeaders);
  }

  onChunk(chunk: Buffer): boolean {
    this.#sink.onBytes(chunk);
    return true;
  }

  onEnd(): void {
    this.#isOver = true;
    this.#sink.onEnd();
  }

  onError(error: Error): void {
    this.#isOver = true;
    this.#sink.onFailure(this.#client.isClosed ? clientClosed() : error);
  }
}

function clientClosed(): Error {
  return new Error('The client was closed.');
}

/** Flat pairs. */
function headersOf(url: URL, headers: Readonly<Record<string, string>>): readonly string[] {
  const authorization = basicAuthorization(url);
  const fields = Object.entries({
    host: url.host,
    'content-type': 'application/json',
    accept: '*/*',
    ...(authorization !== undefined && { authorization }),
    ...headers,
  });
  const bad = fields.find(
    ([name, value]) => /[^\w-]/.test(name) || /[^\t\u0020-\u00ff]/.test(value),
  );
  if (bad) {
    const message = `The value of the header ${bad[0]} holds characters that HTTP forbids.`;
    throw netError('HEADER_INVALID', { message });
  }
  return fields.flat();
}
