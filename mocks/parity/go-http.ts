import { BODY_BYTES_MAX, type Exchange, exchangeOf, pathOf } from '../http/exchange.ts';
import type { Reply } from '../http/reply.ts';
import { WireServer } from '../http/wire-server.ts';

/** Go's `ReadHeaderTimeout` of the original mocks. */
const HEAD_TIMEOUT_MS = 3_000;

/** Answers a request; its `body` is undefined when it is no JSON. */
export type GoHandler = (exchange: Exchange) => void;

/** A server that answers unknown paths as Go's `http.ServeMux` does. */
export function createGoServer(routes: Readonly<Record<string, GoHandler>>): WireServer {
  const table = new Map(Object.entries(routes));
  return new WireServer({
    headTimeoutMs: HEAD_TIMEOUT_MS,
    bodyBytesMax: BODY_BYTES_MAX,
    serve: (request, reply) => {
      const { body: bytes } = request;
      if (bytes === 'too-large') return sendJson(reply, 413, { error: 'request body too large' });
      const path = pathOf(request.target);
      const handle = table.get(path) ?? answerNotFound;
      handle(exchangeOf(request, { reply, path, bytes }));
    },
  });
}

/** Lets only POST through; anything else is 405. */
export function postOnly(handle: GoHandler): GoHandler {
  return (exchange) => {
    if (exchange.request.method === 'POST') handle(exchange);
    else sendJson(exchange.reply, 405, { error: 'method not allowed' });
  };
}

/** Writes JSON as Go's `json.NewEncoder(w).Encode(value)` does: HTML-safe, with a final newline. */
export function sendJson(reply: Reply, status: number, value: unknown): void {
  reply.send(status, ['Content-Type', 'application/json'], `${encodeGoJson(value)}\n`);
}

/** Go escapes what could end a script element, and the two line separators JavaScript once disliked. */
function encodeGoJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A member of a decoded object; names match without regard to case, as in Go's encoding/json. */
export function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  if (name in value) return (value as Record<string, unknown>)[name];
  const match = Object.keys(value).find((key) => key.toLowerCase() === name);
  return match === undefined ? undefined : (value as Record<string, unknown>)[match];
}

const NOT_FOUND = [
  'Content-Type',
  'text/plain; charset=utf-8',
  'X-Content-Type-Options',
  'nosniff',
];

function answerNotFound({ reply }: Exchange): void {
  reply.send(404, NOT_FOUND, '404 page not found\n');
}
