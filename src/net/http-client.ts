import { once } from 'node:events';
import { Agent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import type { Agent as TlsAgent } from 'node:https';
import { KvcacheError, messageOf, systemErrorCode } from '../base/errors.ts';
import { redactUrl } from './redact.ts';

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
const agentOptions = { keepAlive: true, timeout: 2_000 } as const;

const agent = new Agent(agentOptions);

/**
 * One request, answer read whole. For everything that is not the hot path of gateway or load; made of
 * `node:http` because commands that live for a second must not load undici for it.
 * Any status is an answer; only the network fails.
 * @throws KvcacheError UNREACHABLE, TIMEOUT, ANSWER_TOO_LARGE (kind target); the signal's own reason when aborted
 */
export async function callHttp(call: HttpCall): Promise<HttpAnswer> {
  call.signal?.throwIfAborted();
  const deadline = AbortSignal.timeout(call.timeoutMs);
  const signal = call.signal ? AbortSignal.any([call.signal, deadline]) : deadline;
  try {
    const request = await openRequest(call, signal);
    request.end(call.json === undefined ? undefined : JSON.stringify(call.json));
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    // A late failure of the socket also shows on the answer, which is where it is handled.
    request.on('error', () => {});
    return {
      status: answer.statusCode ?? 0,
      headers: answer.headers,
      text: await readText(answer, call),
    };
  } catch (error) {
    if (call.signal?.aborted) throw call.signal.reason;
    throw error instanceof KvcacheError ? error : networkError(error, call, deadline.aborted);
  }
}

async function openRequest(call: HttpCall, signal: AbortSignal): Promise<ClientRequest> {
  const options = {
    method: call.method ?? (call.json === undefined ? 'GET' : 'POST'),
    headers: {
      ...(call.json !== undefined && { 'content-type': 'application/json' }),
      ...call.headers,
    },
    signal,
  };
  if (!/^https:/i.test(call.url)) return httpRequest(call.url, { ...options, agent });
  const https = await import('node:https');
  tlsAgent ??= new https.Agent(agentOptions);
  return https.request(call.url, { ...options, agent: tlsAgent });
}

/** Made with the first https call: TLS is slow to load, and most runs never leave loopback. */
let tlsAgent: TlsAgent | undefined;

async function readText(answer: IncomingMessage, call: HttpCall): Promise<string> {
  const maxBytes = call.maxBytes ?? MAX_BYTES;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      answer.destroy();
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
  return new KvcacheError({
    kind: 'target',
    code: 'UNREACHABLE',
    message: `Cannot reach the server: ${code ?? messageOf(error)}.`,
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
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > maxLength ? `${line.slice(0, maxLength)}…` : line || '(empty body)';
}
