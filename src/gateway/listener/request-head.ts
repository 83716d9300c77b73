import type { IncomingMessage } from 'node:http';
import { isHost, originForm } from '../../net/pool/request-target.ts';
import type { GatewayAnswer } from './answer.ts';

export interface RequestTarget {
  /** Path and query, origin form. */
  target: string;
  path: string;
}

/** Node drops further fields in silence, so a request that reaches this many is refused. */
export const HEADER_FIELDS_MAX = 1_000;

/** As the `via` field this gateway adds ends. Gateways may stand in a row, but not in such a long one. */
const OUR_VIA = ' kvcache';
const HOPS_MAX = 8;
const LOOP: GatewayAnswer = {
  status: 508,
  message: 'Loop detected',
  error: 'the request comes back again and again: an endpoint leads to this gateway',
};

/** What a request's head forbids before anything else is done with it. */
export function refusalOf(request: IncomingMessage): GatewayAnswer | undefined {
  if (request.httpVersionMajor !== 1) return badRequest('this is not HTTP/1.0 or HTTP/1.1');
  if (hasDuplicateHost(request.rawHeaders)) return badRequest('more than one Host header');
  if (request.rawHeaders.length >= 2 * HEADER_FIELDS_MAX) {
    return {
      status: 431,
      message: 'Request header fields too large',
      error: `the request has ${HEADER_FIELDS_MAX} header fields or more`,
    };
  }
  const { upgrade, via, host, 'transfer-encoding': coding } = request.headers;
  if (host !== undefined && !isHost(host)) return badRequest('the Host header is no host');
  // What does not end in chunked has no known end, and the parser refuses it.
  if (coding !== undefined && /,\s*chunked$/i.test(coding)) {
    return { status: 501, message: 'Not implemented', error: 'no transfer coding but chunked' };
  }
  if (via !== undefined && via.split(OUR_VIA).length > HOPS_MAX) return LOOP;
  // Offers such as h2c may be ignored (RFC 9110 §7.8); a WebSocket client cannot go on without.
  if (upgrade !== undefined && /\bwebsocket\b/i.test(upgrade)) {
    return {
      status: 501,
      message: 'Not implemented',
      error: 'this gateway does not switch protocols; use plain HTTP',
    };
  }
  return undefined;
}

function hasDuplicateHost(rawHeaders: readonly string[]): boolean {
  let isSeen = false;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!;
    if (name.length !== 4 || name.toLowerCase() !== 'host') continue;
    if (isSeen) return true;
    isSeen = true;
  }
  return false;
}

/**
 * Splits a request target in origin or absolute form (RFC 9112 §3.2). Dot segments, plain or
 * encoded, are refused: an engine that resolves them would answer for a path no route allows.
 */
export function parseTarget(url: string): RequestTarget | GatewayAnswer {
  const target = originForm(url);
  if (target === undefined) return badRequest('the request target is no path');
  if (/[\\#]|[^\u0021-\u007e]/.test(target)) {
    return badRequest('the request target has characters that belong percent-encoded');
  }
  const queryAt = target.indexOf('?');
  const path = queryAt === -1 ? target : target.slice(0, queryAt);
  if (path.includes('.') || path.includes('%')) {
    if (/(?:^|\/|%2f|%5c)(?:\.|%2e){1,2}(?:\/|%2f|%5c|$)/i.test(path)) {
      return badRequest('the path has dot segments');
    }
    if (/%00|%(?![0-9a-f]{2})/i.test(path)) {
      return badRequest('the path has an encoded null or a broken escape');
    }
  }
  return { target, path };
}

function badRequest(error: string): GatewayAnswer {
  return { status: 400, message: 'Bad request', error };
}

/** Kept when it is short and plain, so that it cannot carry anything into a log. */
export function acceptedRequestId(value: string | string[] | undefined): string | undefined {
  if (typeof value !== 'string') return undefined;
  return /^[\w.:/+=@-]{1,128}$/.test(value) ? value : undefined;
}
