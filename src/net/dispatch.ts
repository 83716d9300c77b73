import { type Dispatcher, Pool } from 'undici';

/** A request ready for the wire: flat header pairs, body whole or none. */
export interface UpstreamRequest {
  method: string;
  /** Path and query. */
  path: string;
  headers: string[];
  body: Buffer | undefined;
}

/** Told what becomes of one upstream request. After `onEnd` or `onError` nothing more comes. */
export interface UpstreamReceiver {
  /** The request goes out on a live connection now; before this, no server has seen any of it. */
  onSent(): void;
  /** Head of the final answer, flat header pairs as received. */
  onHead(status: number, rawHeaders: string[]): void;
  /** Returns false to pause reading until `resume`. */
  onChunk(chunk: Buffer): boolean;
  onEnd(rawTrailers: string[]): void;
  onError(error: Error): void;
}

export interface UpstreamLimits {
  /** Connections at most; 0 = unlimited. */
  connectionsMax: number;
  connectTimeoutMs: number;
}

/** Below the 5 s after which uvicorn, and with it vLLM, closes an idle connection without saying so first. */
const KEEP_ALIVE_MS = 4_000;

/** Keep-alive connections to one origin. One request at a time on each: LLM answers are long. */
export class UpstreamPool {
  readonly #pool: Pool;

  /** @param origin scheme, host and port, such as `http://127.0.0.1:8000` */
  constructor(origin: string, limits: UpstreamLimits) {
    this.#pool = new Pool(origin, {
      connections: limits.connectionsMax === 0 ? null : limits.connectionsMax,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // The caller bounds the whole exchange; two more timers per request would only cost.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: limits.connectTimeoutMs },
    });
  }

  send(request: UpstreamRequest, receiver: UpstreamReceiver): UpstreamCall {
    const call = new DispatchCall(receiver);
    this.#pool.dispatch(
      {
        method: request.method,
        path: request.path,
        headers: request.headers,
        body: request.body ?? null,
      },
      call,
    );
    return call;
  }

  /** Waits for running requests, then closes every connection. */
  close(): Promise<void> {
    return this.#pool.close();
  }

  /** Cuts every connection. */
  destroy(): Promise<void> {
    return this.#pool.destroy();
  }
}

export interface UpstreamCall {
  /** Cuts the connection; the receiver hears nothing more. */
  abort(): void;
  /** Goes on reading after `onChunk` returned false. */
  resume(): void;
}

/**
 * Speaks undici's raw handler interface: it hands over header bytes unparsed, where the newer one
 * builds an object per answer.
 */
class DispatchCall implements UpstreamCall, Dispatcher.DispatchHandler {
  readonly #receiver: UpstreamReceiver;
  #isOver = false;
  #abort: ((error?: Error) => void) | undefined;
  #resume: (() => void) | undefined;

  constructor(receiver: UpstreamReceiver) {
    this.#receiver = receiver;
  }

  abort(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#abort?.(new Error('aborted'));
  }

  resume(): void {
    this.#resume?.();
  }

  onConnect(abort: (error?: Error) => void): void {
    // A request aborted while it waited for a connection can only be stopped here.
    if (this.#isOver) {
      abort(new Error('aborted'));
      return;
    }
    this.#abort = abort;
    this.#receiver.onSent();
  }

  onHeaders(status: number, headers: Buffer[], resume: () => void): boolean {
    // Interim answers (100, 103) are for the connection, not for the client.
    if (this.#isOver || status < 200) return true;
    this.#resume = resume;
    this.#receiver.onHead(status, textPairs(headers));
    return true;
  }

  onData(chunk: Buffer): boolean {
    return this.#isOver || this.#receiver.onChunk(chunk);
  }

  onComplete(trailers: string[] | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#receiver.onEnd(trailers ? textPairs(trailers as unknown as Buffer[]) : []);
  }

  onError(error: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#receiver.onError(error);
  }
}

function textPairs(raw: readonly Buffer[]): string[] {
  const pairs: string[] = [];
  for (const part of raw) pairs.push(part.toString('latin1'));
  return pairs;
}
