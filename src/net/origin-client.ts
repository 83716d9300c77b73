import { ByteStore } from '../base/byte-store.ts';
import type { Clock } from '../base/clock.ts';
import { basicAuthorization, parseOrigin, redactUrl } from '../base/origin.ts';
import type { Access } from './access.ts';
import { type Answer, answerTooLarge, noAnswer, unreachable } from './answer.ts';
import type { UpstreamCall, UpstreamReceiver } from './pool/pool-call.ts';
import { UpstreamPool } from './pool/upstream-pool.ts';

export interface OriginClientOptions extends Partial<Access> {
  /** Names the server in the error. */
  what: string;
  /** Base URL; its path, if any, is put before every call's path. */
  baseUrl: string;
  clock: Clock;
  /** Bound on connections; 0 = unlimited. */
  connectionsMax: number;
}

export interface OriginCall {
  method: 'GET' | 'POST' | 'DELETE';
  path: string;
  /** Sent as it is, as JSON. */
  body?: string | Buffer | undefined;
  /** Bound on the whole exchange, waiting for a connection included. */
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/**
 * Largest answer to a call with a body: what it tells of a prompt grows with the prompt, and reading more would cost
 * everybody's time. LMCache's directory tells most, some 30 bytes per byte of token ids where chunks are small.
 */
const ANSWER_BYTES = { least: 768 * 1024, perBodyByte: 32, most: 32 * 1024 * 1024 } as const;
/** The same for a call without one: lists, asked for seldom. */
const LIST_BYTES_MAX = 8 * 1024 * 1024;

const CONNECT_TIMEOUT_MS = 5_000;

/** Keep-alive client of one server for calls in a request's path: bodies go out as given. */
export class OriginClient {
  readonly baseUrl: string;
  readonly #pool: UpstreamPool;
  readonly #clock: Clock;
  readonly #prefix: string;
  /** Flat pairs every call carries. */
  readonly #headers: readonly string[];

  /** @throws KvcacheError URL_INVALID (kind usage) */
  constructor(options: OriginClientOptions) {
    const url = new URL(parseOrigin(options.baseUrl, options.what).url);
    this.baseUrl = redactUrl(url.href);
    this.#clock = options.clock;
    this.#prefix = url.pathname === '/' ? '' : url.pathname;
    const authorization = basicAuthorization(url);
    this.#headers = Object.entries({
      host: url.host,
      accept: 'application/json',
      ...(authorization !== undefined && { authorization }),
      ...options.headers,
    }).flat();
    this.#pool = new UpstreamPool(url.origin, {
      clock: options.clock,
      connectionsMax: options.connectionsMax,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      resends: 'all',
      tls: options.tls,
    });
  }

  /**
   * One exchange, answer read whole. Any status is an answer.
   * @throws KvcacheError UNREACHABLE, TIMEOUT, ANSWER_TOO_LARGE (kind target); the signal's own reason when aborted
   */
  call(call: OriginCall): Promise<Answer> {
    if (call.signal?.aborted) return Promise.reject(call.signal.reason as Error);
    const body = typeof call.body === 'string' ? Buffer.from(call.body) : call.body;
    const headers = headersOf(this.#headers, call, body?.length ?? 0);
    const path = this.#prefix + call.path;
    const send = (receiver: UpstreamReceiver): UpstreamCall =>
      this.#pool.send({ method: call.method, path, headers, body }, receiver);
    const where = this.baseUrl + call.path;
    return wholeAnswer(send, { ...call, where, clock: this.#clock, bytesMax: bytesMaxOf(body) });
  }

  /** Cuts what is running. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}

function bytesMaxOf(body: Buffer | undefined): number {
  if (!body) return LIST_BYTES_MAX;
  const { least, perBodyByte, most } = ANSWER_BYTES;
  return Math.min(most, least + perBodyByte * body.length);
}

/** Flat pairs. */
function headersOf(common: readonly string[], call: OriginCall, bodyBytes: number): string[] {
  const headers = [...common];
  if (call.body !== undefined) headers.push('content-type', 'application/json');
  if (call.method !== 'GET') headers.push('content-length', String(bodyBytes));
  return headers;
}

interface Reading extends Pick<OriginCall, 'timeoutMs' | 'signal'> {
  where: string;
  clock: Clock;
  bytesMax: number;
}

/** The answer to what `send` sends, or why there is none. */
function wholeAnswer(
  send: (receiver: UpstreamReceiver) => UpstreamCall,
  { where, clock, timeoutMs, signal, bytesMax }: Reading,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const body = new ByteStore();
    let status = 0;
    const stopClock = clock.at(clock.nowMs() + timeoutMs, () => fail(noAnswer(where, timeoutMs)));
    const onAbort = (): void => fail(signal!.reason as Error);
    signal?.addEventListener('abort', onAbort, { once: true });
    const stopWatching = (): void => {
      stopClock();
      signal?.removeEventListener('abort', onAbort);
    };
    const call = send({
      onSent: () => {},
      onHead: (it) => void (status = it),
      onChunk(chunk) {
        if (body.length + chunk.length > bytesMax) fail(answerTooLarge(where, bytesMax));
        else body.add(Buffer.from(chunk));
        return true;
      },
      onEnd() {
        stopWatching();
        resolve({ status, text: body.take().toString('utf8') });
      },
      onError(error) {
        stopWatching();
        reject(unreachable(where, error));
      },
    });
    function fail(error: Error): void {
      stopWatching();
      reject(error);
      call.abort();
    }
  });
}
