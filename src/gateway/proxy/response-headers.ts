import {
  CACHED_TOKENS_HEADER,
  CAUSE_HEADER,
  connectionOptions,
  ENDPOINT_HEADER,
  isHopByHop,
  lowerCaseName,
  REASON_HEADER,
  REQUEST_ID_HEADER,
} from '../../protocol/headers.ts';
import type { Exchange } from '../listener/exchange.ts';

/** The parts of an answer's head that decide how it is passed on. */
export interface ResponseHead {
  status: number;
  /** Undefined: unknown until the end. */
  contentLength: number | undefined;
  /** In lower case. */
  contentType: string;
  contentEncoding: string;
  retryAfter: string | undefined;
  /** Flat pairs fit to be sent on. */
  headers: string[];
}

const OURS: ReadonlySet<string> = new Set([
  ENDPOINT_HEADER,
  REASON_HEADER,
  CAUSE_HEADER,
  CACHED_TOKENS_HEADER,
  REQUEST_ID_HEADER,
]);

/** Reads an upstream's head and leaves out what belongs to its connection or to us. */
export function readResponseHead(status: number, raw: readonly string[]): ResponseHead {
  const head: ResponseHead = {
    status,
    contentLength: undefined,
    contentType: '',
    contentEncoding: '',
    retryAfter: undefined,
    headers: [],
  };
  const named = namedByConnection(raw);
  for (let index = 0; index < raw.length; index += 2) {
    const name = lowerCaseName(raw[index]!);
    const value = raw[index + 1]!;
    if (isHopByHop(name) || OURS.has(name) || named?.includes(name)) continue;
    // What cannot have a body has no length either (RFC 9110 §8.6).
    if (status === 204 && name === 'content-length') continue;
    note(head, name, value);
    head.headers.push(raw[index]!, value);
  }
  return head;
}

function note(head: ResponseHead, name: string, value: string): void {
  switch (name) {
    case 'content-length':
      head.contentLength = Number(value);
      break;
    case 'content-type':
      head.contentType = value.toLowerCase();
      break;
    case 'content-encoding':
      head.contentEncoding = value;
      break;
    case 'retry-after':
      head.retryAfter = value;
      break;
    default:
      break;
  }
}

function namedByConnection(raw: readonly string[]): string[] | undefined {
  let named: string[] | undefined;
  for (let index = 0; index < raw.length; index += 2) {
    if (lowerCaseName(raw[index]!) !== 'connection') continue;
    const options = connectionOptions(raw[index + 1]!);
    if (options.length > 0) named = named ? [...named, ...options] : options;
  }
  return named;
}

/** Appends the request's id and, unless the config hides them, who served and why. */
export function addRoutingHeaders(
  headers: string[],
  exchange: Exchange,
  { endpointId, isShown }: { endpointId: string | undefined; isShown: boolean },
): void {
  headers.push(REQUEST_ID_HEADER, exchange.id);
  if (!isShown) return;
  if (endpointId !== undefined) headers.push(ENDPOINT_HEADER, headerSafe(endpointId));
  const { decision } = exchange;
  headers.push(REASON_HEADER, decision?.reason ?? 'off');
  if (decision?.cause !== undefined) headers.push(CAUSE_HEADER, decision.cause);
  if (decision?.predictedCachedTokens !== undefined) {
    headers.push(CACHED_TOKENS_HEADER, String(decision.predictedCachedTokens));
  }
}

const PLAIN = /^[\w.:/-]*$/;

/** Ids come from a config file and may hold anything. */
function headerSafe(text: string): string {
  return PLAIN.test(text) ? text : text.replaceAll(/[^\u0020-\u007e]/g, '?');
}
