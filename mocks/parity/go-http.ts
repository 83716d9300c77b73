import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { readBody } from '../../src/net/body.ts';
import { createRouteServer, type RouteHandler } from '../http/server.ts';

/** Go's `ReadHeaderTimeout` of the original mocks. */
const HEADERS_TIMEOUT_MS = 3_000;
const BODY_BYTES_MAX = 32 * 1024 * 1024;

/** A `node:http` server that answers unknown paths as Go's `http.ServeMux` does. */
export function createGoServer(routes: Readonly<Record<string, RouteHandler>>): Server {
  const table = new Map(Object.entries(routes));
  return createRouteServer({
    route: (path) => table.get(path) ?? answerNotFound,
    headersTimeoutMs: HEADERS_TIMEOUT_MS,
  });
}

/** Lets only POST through; anything else is 405. */
export function postOnly(handle: RouteHandler): RouteHandler {
  return (request, response) => {
    if (request.method === 'POST') return handle(request, response);
    sendJson(response, 405, { error: 'method not allowed' });
  };
}

/** Writes JSON as Go's `json.NewEncoder(w).Encode(value)` does: HTML-safe, with a final newline. */
export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(`${encodeGoJson(value)}\n`);
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': body.length,
  });
  response.end(body);
}

/** Go escapes what could end a script element, and the two line separators JavaScript once disliked. */
function encodeGoJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * The request's JSON body; undefined when it is not JSON. A body over the limit or a client that
 * left is answered here and gives `answered`.
 */
export async function readJson(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<{ value: unknown } | 'not-json' | 'answered'> {
  const body = await readBody(request, { bytesMax: BODY_BYTES_MAX });
  if (body === 'aborted') {
    response.destroy();
    return 'answered';
  }
  if (typeof body === 'string') {
    response.setHeader('Connection', 'close');
    sendJson(response, 413, { error: 'request body too large' });
    return 'answered';
  }
  try {
    return { value: JSON.parse(body.toString('utf8')) as unknown };
  } catch {
    return 'not-json';
  }
}

/** A member of a decoded object; names match without regard to case, as in Go's encoding/json. */
export function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  if (name in value) return (value as Record<string, unknown>)[name];
  const match = Object.keys(value).find((key) => key.toLowerCase() === name);
  return match === undefined ? undefined : (value as Record<string, unknown>)[match];
}

function answerNotFound(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(404, {
    'Content-Type': 'text/plain; charset=utf-8',
    'X-Content-Type-Options': 'nosniff',
  });
  response.end('404 page not found\n');
}
