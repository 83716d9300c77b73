import { connectionOptions, isHopByHop, lowerCaseName } from '../../protocol/headers.ts';
import type { Exchange } from '../listener/exchange.ts';

export interface UpstreamIdentity {
  /** `host:port` of the endpoint. */
  address: string;
  /** Bearer token of this endpoint; empty lets the client's own header pass. */
  apiKey: string;
}

/** Added by the gateway or meaningless behind it. */
const REPLACED: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'expect',
  'via',
  'x-request-id',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
]);

/**
 * The client's header fields as one endpoint gets them, flat pairs. Built anew for every attempt,
 * so that no endpoint sees another's credentials.
 */
export function requestHeaders(exchange: Exchange, upstream: UpstreamIdentity): string[] {
  const { rawHeaders, headers } = exchange;
  const named = namedByConnection(headers.connection);
  const pairs: string[] = ['host', upstream.address];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = lowerCaseName(rawHeaders[index]!);
    if (isHopByHop(name) || REPLACED.has(name) || named?.includes(name)) continue;
    if (name === 'authorization' && upstream.apiKey !== '') continue;
    pairs.push(rawHeaders[index]!, rawHeaders[index + 1]!);
  }
  if (upstream.apiKey !== '') pairs.push('authorization', `Bearer ${upstream.apiKey}`);
  if (exchange.body.length > 0 || headers['content-length'] !== undefined) {
    pairs.push('content-length', String(exchange.body.length));
  }
  pairs.push('x-request-id', exchange.id, 'via', joined(headers.via, '1.1 kvcache'));
  addForwarded(pairs, exchange);
  return pairs;
}

function namedByConnection(connection: string | undefined): string[] | undefined {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return;
  return connectionOptions(connection);
}

/** The last hop is known, earlier ones are hearsay: appended to, never trusted. */
function addForwarded(pairs: string[], exchange: Exchange): void {
  const { headers, request } = exchange;
  const peer = request.socket.remoteAddress ?? 'unknown';
  pairs.push('x-forwarded-for', joined(headers['x-forwarded-for'], peer));
  pairs.push('x-forwarded-proto', 'http');
  if (headers.host !== undefined) pairs.push('x-forwarded-host', headers.host);
}

function joined(existing: string | string[] | undefined, added: string): string {
  if (existing === undefined) return added;
  return `${Array.isArray(existing) ? existing.join(', ') : existing}, ${added}`;
}
