import type { Agent, Dispatcher } from 'undici';
import { KvcacheError, messageOf, systemErrorCode } from '../base/errors.ts';
import { basicAuthorization, redactUrl } from '../base/origin.ts';
import { printable } from '../base/printable.ts';

export interface HttpCall {
  url: string;
  method?: 'GET' | 'POST' | 'DELETE' | 'PUT';
  /** Sent as JSON with its content type. */
  json?: unknown;
  headers?: Readonly<Record<string, string>>;
  /** Bound on the whole exchange, body included. */
  timeoutMs: number;
  /** Bound on the answer's body; default 8 MiB. */
  maxBytes?: number;
  signal?: AbortSignal | undefined;
  /** Sees the body's pieces as they arrive; for time marks and event streams. */
  onChunk?: (chunk: Buffer) => void;
}

export interface HttpAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
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
    agent ??= createAgent(undici.Agent);
    const url = new URL(call.url);
    const answer = await undici.request(url, {
      dispatcher: agent,
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
    throw error instanceof KvcacheError ? error : networkError(error, call, deadline.aborted);
  }
}

/** Idle sockets do not keep the process alive. */
let agent: Agent | undefined;

function createAgent(constructor: typeof Agent): Agent {
  return new constructor({
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: CONNECT_TIMEOUT_MS },
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
      throw new KvcacheError({
        kind: 'target',
        code: 'ANSWER_TOO_LARGE',
        message: `The answer is larger than ${maxBytes} bytes.`,
        where: redactUrl(call.url),
        remedy: 'Check that the URL belongs to the server you mean.',
      });
    }
    chunks.push(chunk);
    call.onChunk?.(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function networkError(error: unknown, call: HttpCall, isTimeout: boolean): KvcacheError {
  const where = redactUrl(call.url);
  if (isTimeout) {
    return new KvcacheError({
      kind: 'target',
      code: 'TIMEOUT',
      message: `No answer within ${call.timeoutMs} ms.`,
      where,
      remedy: 'Check that the server is up and not overloaded, or allow it more time.',
      cause: error,
    });
  }
  const code = systemErrorCode(error);
  const reason = code === 'UND_ERR_SOCKET' ? 'ECONNRESET' : (code ?? messageOf(error));
  return new KvcacheError({
    kind: 'target',
    code: 'UNREACHABLE',
    message: `Cannot reach the server: ${reason}.`,
    where,
    remedy: 'Check host, port and scheme of the URL, and that the server is running.',
    cause: error,
  });
}

/**
 * The answer's body as JSON, whatever its status.
 * @throws KvcacheError NOT_JSON (kind target) with an excerpt of the body
 */
export function jsonOf(answer: HttpAnswer, url: string): unknown {
  try {
    return JSON.parse(answer.text);
  } catch (error) {
    throw new KvcacheError({
      kind: 'target',
      code: 'NOT_JSON',
      message: `The answer (HTTP ${answer.status}) is not JSON.`,
      where: redactUrl(url),
      details: [excerpt(answer.text)],
      remedy: 'Check that the URL is the API itself and not a proxy, a login page or a dashboard.',
      cause: error,
    });
  }
}

/** First characters of a body on one line, for error messages. */
export function excerpt(text: string, maxLength = 300): string {
  const line = printable(text).replace(/\s+/g, ' ').trim();
  return line.length > maxLength ? `${line.slice(0, maxLength)}…` : line || '(empty body)';
}
