import { WireServer } from '../../http/wire-server.ts';
import type { AdminHandler } from '../../admin/admin.ts';
import type { EngineProcess } from '../../faults/fault.ts';
import { strikeRequest } from '../../faults/request-fault.ts';
import { faultFor } from '../../faults/fault-book.ts';
import {
  type Answer,
  brokenJson,
  methodNotAllowed,
  notFound,
  sendAnswer,
  slashRedirect,
} from '../../python/fastapi.ts';
import { noObject, Problems } from '../../python/pydantic.ts';
import { faultEntry } from '../../faults/fault-journal.ts';
import type { FaultAction } from '../../faults/fault-rule.ts';
import { FAULTS, kindsAt } from '../../faults/kinds/index.ts';
import { BODY_BYTES_MAX, type Exchange, exchangeOf, pathOf } from '../../http/exchange.ts';
import { cutTokenizer } from '../../kv/cut-tokenizer.ts';
import { resetCounters } from '../core/counters.ts';
import { EngineMetrics } from './engine-metrics.ts';
import { type EngineRoute, engineRoute } from './engine-routes.ts';
import { type EngineWire, uniqueId } from './engine-wire.ts';
import { httpError, sendError, sendJsonText, invalid, type WireError } from './wire-error.ts';

/** Generous, since nothing real sits behind it; still bounded. */
const HEAD_TIMEOUT_MS = 10_000;

const ENGINE_FAULTS = kindsAt(
  'request',
  'process',
  'sink',
  'slowdown',
  'unhealthy',
  'frozenMetrics',
  'cut',
);

/** The HTTP server of one mock engine. Not yet listening. */
export function createEngineServer(wire: EngineWire, admin: AdminHandler): WireServer {
  return new WireServer({
    headTimeoutMs: HEAD_TIMEOUT_MS,
    bodyBytesMax: BODY_BYTES_MAX,
    serve: (request, reply) => {
      const arrival = { request, reply, path: pathOf(request.target) };
      if (!arrival.path.startsWith('/__mock/')) return serve(wire, arrival);
      const exchange = readBody(arrival);
      if (exchange) void admin(exchange);
    },
  });
}

/** A request whose body has not been looked at. */
type Arrival = Pick<Exchange, 'request' | 'reply' | 'path'>;

function serve(wire: EngineWire, arrival: Arrival): void {
  if (wire.isDown) return refuseDown(wire, arrival);
  // uvicorn's, and that of FastAPI's middleware for other origins.
  arrival.reply.addField('server', 'uvicorn');
  arrival.reply.addField('vary', 'Origin');
  if (wire.settings.echoRequestId) tellRequestId(wire, arrival);
  const refusal = refusalOf(wire, arrival);
  if (refusal) return sendAnswer(arrival.reply, refusal);
  const exchange = readBody(arrival);
  if (exchange) dispatch(wire, exchange);
}

/** Undefined when the body was too large, which is answered here. */
function readBody({ request, reply, path }: Arrival): Exchange | undefined {
  const { body: bytes } = request;
  if (bytes !== 'too-large') return exchangeOf(request, { reply, path, bytes });
  sendJsonText(reply, 413, '{"error":"request body too large"}');
  return undefined;
}

function dispatch(wire: EngineWire, exchange: Exchange): void {
  const route = engineRoute(exchange.path, wire.settings)!;
  const fault = faultFor(wire.faults, exchange, {
    kinds: ENGINE_FAULTS,
    waiting: wire.engine.counters.waiting,
  });
  if (fault && 'refusal' in fault) {
    return refuseNoted(wire, exchange, httpError(400, fault.refusal));
  }
  const proceed = (): void => answer(wire, route, exchange, fault);
  if (!fault) return proceed();
  const { process } = FAULTS[fault.kind];
  if (process) return process(fault.parameters, processOf(wire, exchange));
  strikeRequest(fault, exchange, { ...wire, proceed });
}

/** On every answer, with an id of its own for a request that has none (vLLM's `XRequestIdMiddleware`). */
function tellRequestId(wire: EngineWire, { request, reply }: Arrival): void {
  reply.addField('x-request-id', request.header('x-request-id') ?? uniqueId(wire, ''));
}

const UNAUTHORIZED: Answer = { status: 401, body: { error: 'Unauthorized' } };

/** Why the request is not served at all. */
function refusalOf(
  { settings }: EngineWire,
  { request, path }: Pick<Arrival, 'request' | 'path'>,
): Answer | undefined {
  const { apiKey, dialect } = settings;
  if (apiKey !== undefined && request.header('authorization') !== `Bearer ${apiKey}`) {
    if (dialect.guardedPrefixes.some((prefix) => path.startsWith(prefix))) return UNAUTHORIZED;
  }
  const isThere = (name: string): boolean => engineRoute(name, settings) !== undefined;
  const route = engineRoute(path, settings);
  if (!route) return slashRedirect(request, isThere) ?? notFound;
  const { methods } = route;
  if (methods === 'any' || methods.includes(request.method)) return undefined;
  return methodNotAllowed(methods.join(', '));
}

function answer(
  wire: EngineWire,
  route: EngineRoute,
  exchange: Exchange,
  fault: FaultAction | undefined,
): void {
  // It may have crashed while a fault delayed the request.
  if (wire.isDown) return refuseDown(wire, exchange, fault);
  const error = route.takesJson ? bodyError(exchange) : undefined;
  if (error) return refuseNoted(wire, exchange, error, fault);
  route.answer(reading(wire, fault), exchange, fault);
}

/** As the fault has it read texts. */
function reading(wire: EngineWire, fault: FaultAction | undefined): EngineWire {
  const characters = fault && FAULTS[fault.kind].cut?.(fault.parameters);
  if (characters === undefined) return wire;
  return { ...wire, tokenizer: cutTokenizer(wire.tokenizer, characters) };
}

/** What a crashed engine does to whoever knocks. */
function refuseDown(
  wire: EngineWire,
  { request, reply, path }: Arrival,
  fault?: FaultAction,
): void {
  const knock = { request, path, key: request.header('x-request-id') ?? '' };
  wire.journal.add(faultEntry(knock, fault, { atMs: wire.clock.wallMs(), status: null }));
  reply.hangUp('rst');
}

function refuseNoted(
  wire: EngineWire,
  exchange: Exchange,
  error: WireError,
  fault?: FaultAction,
): void {
  sendError(exchange.reply, error, wire.settings.dialect);
  const { status } = error;
  wire.journal.add(faultEntry(exchange, fault, { atMs: wire.clock.wallMs(), status }));
}

/** vLLM takes only JSON, and says 400 where FastAPI alone would say 422. */
function bodyError({ request, bytes, isJson }: Exchange): WireError | undefined {
  if (!isJsonType(request.header('content-type') ?? '')) return UNSUPPORTED_TYPE;
  if (isJson) return undefined;
  return invalid(new Problems([bytes.length === 0 ? noObject(null, []) : brokenJson(bytes, [])]));
}

const UNSUPPORTED_TYPE: WireError = {
  ...httpError(400),
  message: "1 validation error:\n  Unsupported Media Type: Only 'application/json' is allowed",
};

function isJsonType(type: string): boolean {
  return (
    type === 'application/json' || type.split(';')[0]!.trim().toLowerCase() === 'application/json'
  );
}

function processOf(wire: EngineWire, { reply }: Exchange): EngineProcess {
  const { clock, engine } = wire;
  return {
    reply,
    clock,
    die: ({ keepCache, keepCounters }) => {
      wire.isDown = true;
      engine.crash(keepCache);
      if (keepCounters) return;
      resetCounters(engine.counters);
      wire.metrics = new EngineMetrics(wire.settings.maxModelLen, clock.wallMs() / 1_000);
    },
    comeBack: (prefixCaching) => {
      wire.isDown = false;
      engine.restart(prefixCaching);
    },
  };
}
