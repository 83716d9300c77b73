import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Answers one request. A throw becomes a 500 without details. */
export type RouteHandler = (
  request: IncomingMessage,
  response: ServerResponse,
) => void | Promise<void>;

export interface RouteServerOptions {
  /** The handler of an exact path (no query), or of everything unknown. */
  route: (path: string) => RouteHandler;
  /** A connection whose request head is not complete by then is dropped. */
  headersTimeoutMs: number;
}

/** Idle connections stay open longer than any client's pool keeps them, so that no reuse meets a close. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;

/** Node looks for late heads only this often; its default of 30 s would make the limit a fiction. */
const CONNECTION_CHECK_INTERVAL_MS = 250;

/** A small `node:http` server: exact paths, bounded request heads, no framework. Not yet listening. */
export function createRouteServer(options: RouteServerOptions): Server {
  const server = createServer(
    {
      headersTimeout: options.headersTimeoutMs,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      connectionsCheckingInterval: CONNECTION_CHECK_INTERVAL_MS,
      noDelay: true,
    },
    (request, response) => {
      const handle = options.route(pathOf(request.url ?? '/'));
      try {
        const pending = handle(request, response);
        if (pending) pending.catch((error: unknown) => fail(response, error));
      } catch (error) {
        fail(response, error);
      }
    },
  );
  server.on('clientError', answerBadHead);
  return server;
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

/** A late head is dropped in silence and a malformed one gets a bare 400, as Go's net/http does. */
function answerBadHead(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? '431 Request Header Fields Too Large'
      : '400 Bad Request';
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${status}`,
  );
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy(error instanceof Error ? error : undefined);
    return;
  }
  response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' });
  response.end('Internal Server Error\n');
}
