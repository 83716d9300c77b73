import { crc32 } from 'node:zlib';
import type { Reply } from './reply.ts';
import type { ServedRequest } from './request-reader.ts';

/** Large enough for a prompt of a million tokens, small enough to hold a few of them. */
export const BODY_BYTES_MAX = 32 * 1024 * 1024;

/** A request with its body read. */
export interface Exchange {
  request: ServedRequest;
  reply: Reply;
  /** Without the query. */
  path: string;
  /** The body as it came; empty when there is none. */
  bytes: Buffer;
  /** The body as JSON; undefined when it is empty or no JSON. */
  body: unknown;
  isJson: boolean;
  /** `x-request-id`, or a hash of the body: what the request's random streams depend on. */
  key: string;
}

/** What a server was handed, with the body read. */
export function exchangeOf(
  request: ServedRequest,
  { reply, path, bytes }: Pick<Exchange, 'reply' | 'path' | 'bytes'>,
): Exchange {
  const body = parseJson(bytes);
  const key = request.header('x-request-id') || hashKey(bytes);
  return { request, reply, path, bytes, body, isJson: body !== undefined, key };
}

/** Undefined when it is no JSON: no JSON text stands for that. */
function parseJson(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/** A checksum and the length, in hexadecimal: enough to tell prompts apart, cheap enough for each of them. */
function hashKey(bytes: Buffer): string {
  return hexPair(crc32(bytes), bytes.length);
}

/** Two unsigned 32-bit numbers as 16 hexadecimal digits. */
export function hexPair(high: number, low: number): string {
  writeHex(high, 0);
  writeHex(low, 8);
  return hexText.toString('latin1');
}

const HEX_DIGITS = Buffer.from('0123456789abcdef');
const hexText = Buffer.alloc(16);

/** Several times faster than `toString(16)`, and the text is one flat string. */
function writeHex(value: number, at: number): void {
  for (let digit = 0; digit < 8; digit++) {
    hexText[at + digit] = HEX_DIGITS[(value >>> (28 - digit * 4)) & 15]!;
  }
}

/** The path of a request target, without its query. */
export function pathOf(target: string): string {
  const query = target.indexOf('?');
  return query === -1 ? target : target.slice(0, query);
}

/** The query of a request target. */
export function queryOf(target: string): URLSearchParams {
  const query = target.indexOf('?');
  return new URLSearchParams(query === -1 ? '' : target.slice(query + 1));
}
