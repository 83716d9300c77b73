import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createRouteServer } from '../../../src/net/server.ts';
import type { AdminHandler } from '../../admin/admin.ts';
import { injectRequestFault, REQUEST_FAULTS } from '../../faults/request-fault.ts';
import { faultFor } from '../../faults/fault-book.ts';
import type { FaultAction, FaultKind } from '../../faults/fault-rule.ts';
import { breakConnection } from '../../faults/break-connection.ts';
import { type Exchange, receiveExchange } from '../../http-exchange.ts';
import { ENGINE_ROUTES, type EngineRoute } from './engine-routes.ts';
import type { EngineWire } from './engine-wire.ts';
import { ANSWER_FAULTS } from './faulty-sink.ts';
import {
  httpError,
  sendError,
  sendJsonText,
  validationError,
  type WireError,
} from './wire-error.ts';

/** Generous, since nothing real sits behind it; still bounded. */
const HEADERS_TIMEOUT_MS = 10_000;

const ENGINE_FAULTS: ReadonlySet<FaultKind> = new Set<FaultKind>([
  ...REQUEST_FAULTS,
  ...ANSWER_FAULTS,
  'slow',
  'health',
  'metrics',
  'crash',
]);

/** The HTTP server of one mock engine. Not yet listening. */
export function createEngineServer(wire: EngineWire, admin: AdminHandler): Server {
  return createRouteServer({
    headersTimeoutMs: HEADERS_TIMEOUT_MS,
    route: (path) => (request, response) => {
      if (path.startsWith('/__mock/')) serveAdmin(admin, { request, response, path });
      else if (wire.isDown) breakConnection(response, 'rst');
      else serve(wire, { request, response, path });
    },
  });
}

interface Arrival {
  request: IncomingMessage;
  response: ServerResponse;
  path: string;
}

function serveAdmin(admin: AdminHandler, { request, response, path }: Arrival): void {
  receiveExchange(request, response, path, (exchange) => {
    if (exchange === 'too-large') return refuseLargeBody(response);
    void answerAdmin(admin, exchange);
  });
}

async function answerAdmin(admin: AdminHandler, exchange: Exchange): Promise<void> {
  const { response } = exchange;
  try {
    if (!(await admin(exchange))) sendJsonText(response, 404, '{"error":"no such admin path"}');
  } catch (error) {
    response.destroy(error as Error);
  }
}

function refuseLargeBody(response: ServerResponse): void {
  response.setHeader('connection', 'close');
  sendJsonText(response, 413, '{"error":"request body too large"}');
}

function serve(wire: EngineWire, arrival: Arrival): void {
  const { request, response, path } = arrival;
  const { dialect } = wire.settings;
  const route = ENGINE_ROUTES.get(path);
  const refusal = refusalOf(wire, route, arrival);
  if (refusal === 'unauthorized') return sendJsonText(response, 401, '{"error":"Unauthorized"}');
  if (refusal || !route) return sendError(response, refusal ?? httpError(404), dialect);
  receiveExchange(request, response, path, (exchange) => {
    if (exchange === 'too-large') refuseLargeBody(response);
    else dispatch(wire, route, exchange);
  });
}

function dispatch(wire: EngineWire, route: EngineRoute, exchange: Exchange): void {
  const fault = faultFor(wire.faults, exchange, {
    kinds: ENGINE_FAULTS,
    waiting: wire.engine.counters.waiting,
  });
  if (fault === 'unreadable') {
    const error = httpError(400, 'x-mock-fault is not readable');
    return sendError(exchange.response, error, wire.settings.dialect);
  }
  const proceed = (): void => answer(wire, route, exchange, fault);
  if (!fault) return proceed();
  if (fault.kind === 'crash') return crash(wire, exchange, fault);
  injectRequestFault(fault, exchange, { clock: wire.clock, seed: wire.seed, proceed });
}

function refusalOf(
  wire: EngineWire,
  route: EngineRoute | undefined,
  { request, path }: Arrival,
): WireError | 'unauthorized' | undefined {
  const { apiKey, dialect, isDevMode } = wire.settings;
  if (apiKey !== undefined && request.headers.authorization !== `Bearer ${apiKey}`) {
    if (dialect.guardedPrefixes.some((prefix) => path.startsWith(prefix))) return 'unauthorized';
  }
  if (!route || (path === '/reset_prefix_cache' && !isDevMode)) return httpError(404);
  return route.methods.includes(request.method ?? '') ? undefined : httpError(405);
}

function answer(
  wire: EngineWire,
  route: EngineRoute,
  exchange: Exchange,
  fault: FaultAction | undefined,
): void {
  const error = route.takesJson ? bodyError(exchange) : undefined;
  if (error) return sendError(exchange.response, error, wire.settings.dialect);
  route.answer(wire, exchange, fault);
}

/** vLLM takes only JSON, and says 400 where FastAPI alone would say 422. */
function bodyError({ request, isJson }: Exchange): WireError | undefined {
  if (!isJsonType(request.headers['content-type'] ?? '')) {
    return validationError('', "Unsupported Media Type: Only 'application/json' is allowed");
  }
  return isJson ? undefined : validationError('', 'JSON decode error');
}

function isJsonType(type: string): boolean {
  return (
    type === 'application/json' || type.split(';')[0]!.trim().toLowerCase() === 'application/json'
  );
}

/** Every connection breaks, the engine refuses for a while, then comes back with or without its cache. */
function crash(
  wire: EngineWire,
  { response }: Exchange,
  fault: Extract<FaultAction, { kind: 'crash' }>,
): void {
  wire.isDown = true;
  wire.engine.crash(fault.keepCache ?? false);
  breakConnection(response, 'rst');
  wire.clock.at(wire.clock.nowMs() + fault.downMs, () => {
    wire.isDown = false;
    wire.engine.restart();
  });
}
