import type { IncomingMessage, ServerResponse } from 'node:http';
import { hash32 } from '../src/base/random.ts';

/** Large enough for a prompt of a million tokens, small enough to hold a few of them. */
const BODY_BYTES_MAX = 32 * 1024 * 1024;

/** A request with its body read. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  path: string;
  /** Body text; empty when there is none. */
  text: string;
  /** The body as JSON; undefined when it is empty or no JSON. */
  body: unknown;
  isJson: boolean;
  /** `x-request-id`, or a hash of the body: what the request's random streams depend on. */
  key: string;
}

/** Told of the exchange once its body is here, or that the body is too large. A client that leaves is forgotten. */
type OnExchange = (exchange: Exchange | 'too-large') => void;

/**
 * Reads the body and hands the exchange over. Callbacks, not promises: this is the mocks' hot path,
 * and the promises cost as much as the model behind it.
 */
export function receiveExchange(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  onExchange: OnExchange,
): void {
  const finish = (text: string): void => onExchange(exchangeOf({ request, response, path }, text));
  if (!hasBody(request)) return finish('');
  if (Number(request.headers['content-length'] ?? 0) > BODY_BYTES_MAX) {
    return onExchange('too-large');
  }
  let bytes = 0;
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= BODY_BYTES_MAX) {
      chunks.push(chunk);
    } else if (chunks.length > 0) {
      chunks.length = 0;
      request.pause();
      onExchange('too-large');
    }
  });
  request.on('end', () => {
    if (bytes > BODY_BYTES_MAX) return;
    finish((chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)).toString('utf8'));
  });
}

function exchangeOf(head: Pick<Exchange, 'request' | 'response' | 'path'>, text: string): Exchange {
  const parsed = parseJson(text);
  const requestId = head.request.headers['x-request-id'];
  const key = typeof requestId === 'string' && requestId !== '' ? requestId : hashKey(text);
  return { ...head, text, body: parsed?.value, isJson: parsed !== undefined, key };
}

/** A GET has none; waiting for its end would cost a turn of the event loop. */
function hasBody({ headers, method }: IncomingMessage): boolean {
  return (
    headers['content-length'] !== undefined ||
    headers['transfer-encoding'] !== undefined ||
    method === 'POST'
  );
}

function parseJson(text: string): { value: unknown } | undefined {
  if (text === '') return undefined;
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

/** A hash and the length, in hexadecimal: enough to tell prompts apart, cheap enough for each of them. */
export function hashKey(text: string): string {
  return hash32(text).toString(16).padStart(8, '0') + text.length.toString(16).padStart(8, '0');
}
