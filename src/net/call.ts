import type { Agent, Dispatcher } from 'undici';
import { KvcacheError } from '../base/errors.ts';
import { basicAuthorization, redactUrl } from '../base/origin.ts';
import type { TlsTrust } from './access.ts';
import { type Answer, answerTooLarge, noAnswer, unreachable } from './answer.ts';

export interface HttpCall {
  url: string;
  method?: 'GET' | 'POST' | 'DELETE' | 'PUT';
  /** Sent as JSON with its content type. */
  json?: unknown;
  headers?: Readonly<Record<string, string>>;
  tls?: TlsTrust | undefined;
  /** Bound on the whole exchange, body included. */
  timeoutMs: number;
  /** Bound on the answer's body; default 8 MiB. */
  maxBytes?: number;
  signal?: AbortSignal | undefined;
  /** Sees the body's pieces as they arrive; for time marks and event streams. */
  onChunk?: (chunk: Buffer) => void;
}

export interface HttpAnswer extends Answer {
  headers: Record<string, string | string[] | undefined>;
}

const MAX_BYTES = 8 * 1024 * 1024;

/** Idle sockets go before any server closes them, so that none is reused at the moment it dies. */
const KEEP_ALIVE_MS = 2_000;

/** No server takes longer to accept; the call's own bound is what counts. */
const CONNECT_TIMEOUT_MS = 300_000;

/**
 * One request, answer read whole. For everything that is not the hot path of gateway or load. undici is
 * loaded with the first call: what speaks to nobody must not pay for it.
 * Any status is an answer; only the network fails.
 * @throws KvcacheError UNREACHABLE, TIMEOUT, ANSWER_TOO_LARGE (kind target); the signal's own reason when aborted
 */
export async function callHttp(call: HttpCall): Promise<HttpAnswer> {
  const undici = await import('undici');
  call.signal?.throwIfAborted();
  const deadline = AbortSignal.timeout(call.timeoutMs);
  const signal = call.signal ? AbortSignal.any([call.signal, deadline]) : deadline;
  try {
    const url = new URL(call.url);
    const answer = await undici.request(url, {
      dispatcher: agentFor(call.tls, undici.Agent),
      method: call.method ?? (call.json === undefined ? 'GET' : 'POST'),
      headers: headersOf(url, call),
      body: call.json === undefined ? null : JSON.stringify(call.json),
      signal,
    });
    return {
      status: answer.statusCode,
      headers: answer.headers,
      text: await readText(answer.body, call),
    };
  } catch (error) {
    if (call.signal?.aborted) throw call.signal.reason;
    if (error instanceof KvcacheError) throw error;
    const where = redactUrl(call.url);
    throw deadline.aborted ? noAnswer(where, call.timeoutMs, error) : unreachable(where, error);
  }
}

/** One for each way to judge certificates. Idle sockets do not keep the process alive. */
const agents = new WeakMap<TlsTrust, Agent>();
const NODES_OWN: TlsTrust = {};

function agentFor(tls: TlsTrust = NODES_OWN, constructor: typeof Agent): Agent {
  const known = agents.get(tls) ?? createAgent(tls, constructor);
  agents.set(tls, known);
  return known;
}

function createAgent(tls: TlsTrust, constructor: typeof Agent): Agent {
  return new constructor({
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { ...tls, timeout: CONNECT_TIMEOUT_MS },
  });
}

function headersOf(url: URL, call: HttpCall): Record<string, string> {
  const authorization = basicAuthorization(url);
  return {
    ...(call.json !== undefined && { 'content-type': 'application/json' }),
    ...(authorization !== undefined && { authorization }),
    ...call.headers,
  };
}

async function readText(body: Dispatcher.ResponseData['body'], call: HttpCall): Promise<string> {
  const maxBytes = call.maxBytes ?? MAX_BYTES;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      body.destroy();
      throw answerTooLarge(redactUrl(call.url), maxBytes);
    }
    chunks.push(chunk);
    call.onChunk?.(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
