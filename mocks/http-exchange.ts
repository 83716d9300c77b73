import type { IncomingMessage, ServerResponse } from 'node:http';
import { hash32 } from '../src/base/random.ts';
import { readBody } from '../src/net/body.ts';

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

/** The exchange, or why the body could not be had. */
export async function readExchange(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<Exchange | 'too-large' | 'aborted'> {
  const bytes = hasBody(request) ? await readBody(request, BODY_BYTES_MAX) : undefined;
  if (typeof bytes === 'string') return bytes;
  const text = bytes === undefined ? '' : bytes.toString('utf8');
  const parsed = parseJson(text);
  const requestId = request.headers['x-request-id'];
  const key = typeof requestId === 'string' && requestId !== '' ? requestId : hashKey(text);
  return { request, response, path, text, body: parsed?.value, isJson: parsed !== undefined, key };
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

/** 64 bits of hash as 16 hexadecimal digits. */
export function hashKey(text: string): string {
  const low = hash32(text);
  const high = hash32(text, low);
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}
