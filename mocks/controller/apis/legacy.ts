import { randomUUID } from 'node:crypto';
import type { Exchange } from '../../http/exchange.ts';
import type { ControllerApi } from './api.ts';
import type { JsonRecord } from '../../../src/base/json.ts';
import { movePrefix, type WorkerPort } from '../core/fleet-operations.ts';
import type { ControllerWire } from '../wire/controller-wire.ts';
import {
  type Answer,
  failure,
  methodNotAllowed,
  ok,
  readBody,
  slashRedirect,
  unprocessable,
} from '../../python/fastapi.ts';
import {
  health,
  keyStats,
  metrics,
  queryInstance,
  queryWorkers,
  workersOf,
} from '../wire/legacy-workers.ts';
import type { Model } from '../../python/models.ts';
import { flag, integers, nullable, pair, Problems, text } from '../../python/pydantic.ts';
import type { LmcacheDialect } from '../wire/lmcache-version.ts';

type Handler = (wire: ControllerWire, exchange: Exchange) => Answer | Promise<Answer>;
type Operation = (wire: ControllerWire, fields: JsonRecord) => Answer | Promise<Answer>;

interface LegacyRoute {
  method: 'GET' | 'POST';
  run: Handler;
}

const get = (run: Handler): LegacyRoute => ({ method: 'GET', run });

/** A route whose body the fields describe; those that depend on the version take its dialect. */
function post(model: Model | ((dialect: LmcacheDialect) => Model), run: Operation): LegacyRoute {
  return {
    method: 'POST',
    run: (wire, exchange) => {
      const fields = readBody(exchange, typeof model === 'function' ? model(wire.dialect) : model);
      return fields instanceof Problems ? unprocessable(fields) : run(wire, fields);
    },
  };
}

const TOKENS = integers();
const TOKENS_OR_NULL = [nullable(TOKENS), []] as const;
const PRESSED: Model = { instance_id: text, method: text, location: text, tokens: TOKENS_OR_NULL };

/** Of `lmcache/v1/api_server/__main__.py` and the internal API beside it. There is no /evict and no /unpin. */
const ROUTES: Readonly<Record<string, LegacyRoute>> = {
  '/lookup': post({ tokens: TOKENS }, lookup),
  '/pin': post({ instance_id: text, location: text, tokens: TOKENS }, (wire, fields) =>
    onInstance(wire, fields, 'Pin', (port) =>
      port.pin(place(fields), tokensOf(fields), PIN_TIMEOUT_MS),
    ),
  ),
  '/clear': post({ instance_id: text, location: text }, (wire, fields) =>
    onInstance(wire, fields, 'Clear', (port) => port.clear(place(fields), [])),
  ),
  '/compress': post(PRESSED, (wire, fields) => press(wire, fields, 'Compress')),
  '/decompress': post(PRESSED, (wire, fields) => press(wire, fields, 'Decompress')),
  '/move': post(
    ({ copyField }) => ({
      old_position: pair,
      new_position: pair,
      tokens: TOKENS_OR_NULL,
      [copyField]: [nullable(flag), false],
    }),
    move,
  ),
  '/health': post({ instance_id: text }, health),
  // The executor behind it raises NotImplementedError, whose text is empty.
  '/check_finish': post({ event_id: text }, () => failure('')),
  '/query_instance': post({ event_id: text, ip: text }, queryInstance),
  '/query_worker_info': post(
    ({ isWorkerQueryLoose }) => ({
      instance_id: text,
      worker_ids: isWorkerQueryLoose ? TOKENS_OR_NULL : nullable(TOKENS),
    }),
    queryWorkers,
  ),
  '/controller/workers': get((wire, { request }) => workersOf(wire, request.target)),
  '/controller/key-stats': get(keyStats),
  '/metrics': get(metrics),
};

/** LMCache's `pin_timeout_sec`. */
const PIN_TIMEOUT_MS = 300_000;

/** The API of `lmcache_controller`. */
export const legacy: ControllerApi = { answer };

function answer(wire: ControllerWire, exchange: Exchange): Answer | Promise<Answer> | undefined {
  const routeOf = (path: string): LegacyRoute | undefined =>
    Object.hasOwn(ROUTES, path) && !wire.dialect.missing.has(path) ? ROUTES[path] : undefined;
  const { path, request } = exchange;
  const route = routeOf(path);
  if (!route) return slashRedirect(request, (other) => routeOf(other) !== undefined);
  return request.method === route.method
    ? route.run(wire, exchange)
    : methodNotAllowed(route.method);
}

/** `{event_id, layout_info: {instance: [location, matched]}}`. */
function lookup(wire: ControllerWire, fields: JsonRecord): Answer {
  const info: Record<string, unknown> = {};
  for (const [instanceId, { location, tokens }] of wire.core.lookup(tokensOf(fields))) {
    info[instanceId] = [location, tokens];
  }
  return ok({ event_id: `Lookup${randomUUID()}`, layout_info: info });
}

/** Operations on an instance, with what they have done in the assertion about their workers' answers. */
const DONE = { Pin: 'pinned', Clear: 'cleared', Compress: 'compressed', Move: 'moved' };
type Operated = keyof typeof DONE | 'Decompress';

/** Without workers the assertion that all of them did the same fails. /decompress drops every text. */
function nobodyAnswered(name: Operated): Answer {
  if (name === 'Decompress') return failure('');
  return failure(`The number of tokens ${DONE[name]} should be the same across all workers.`);
}

/** What the controller makes of a worker that failed. */
function workerFailed(name: Operated): Answer {
  return failure(
    name === 'Decompress' ? '' : `Operation '${name.toLowerCase()}' is not supported.`,
  );
}

/** An unknown location holds nothing. */
async function onInstance(
  wire: ControllerWire,
  fields: JsonRecord,
  ...[name, run]: [name: Operated, run: (port: WorkerPort) => number | Promise<number>]
): Promise<Answer> {
  const port = portOf(wire, fields['instance_id'] as string);
  if (!port) return nobodyAnswered(name);
  return ok({ event_id: `${name}${randomUUID()}`, num_tokens: await run(port) });
}

/** The only method that a worker of LMCache has; with another one it does nothing and says 0. */
const PRESSING_METHOD = 'cachegen';

/** Tells of every token of the prefix, whether or not it was compressed before. */
function press(
  wire: ControllerWire,
  fields: JsonRecord,
  name: 'Compress' | 'Decompress',
): Answer | Promise<Answer> {
  const isKnown = fields['method'] === PRESSING_METHOD;
  const isInstance = portOf(wire, fields['instance_id'] as string) !== undefined;
  if (isKnown && isInstance && fields['tokens'] === null) return workerFailed(name);
  return onInstance(wire, fields, name, async (port) => {
    if (!isKnown) return 0;
    const held = await port.resident(place(fields), tokensOf(fields));
    const order = name === 'Compress' ? 'compress' : 'decompress';
    if (held > 0) await port[order](place(fields), tokensOf(fields));
    return held;
  });
}

/** The only location that a worker of LMCache moves to. */
const MOVE_TARGET = 'LocalCPUBackend';

async function move(wire: ControllerWire, fields: JsonRecord): Promise<Answer> {
  const [fromInstance, fromLocation] = fields['old_position'] as [string, string];
  const [toInstance, toLocation] = fields['new_position'] as [string, string];
  const [from, to] = [portOf(wire, fromInstance), portOf(wire, toInstance)];
  if (!from || !to) return nobodyAnswered('Move');
  const { copyField, peerlessHint } = wire.dialect;
  if (wire.core.registry.list(toInstance)[0]?.peerInitUrl === null) {
    const source = `Src worker 0 not registered for instance ${fromInstance}`;
    const target = `dst worker 0 not registered for instance ${toInstance}`;
    return failure(`${source} or ${target}${peerlessHint}`);
  }
  if (toLocation !== MOVE_TARGET || fields['tokens'] === null) return workerFailed('Move');
  const count = await movePrefix({
    from: { port: from, location: fromLocation },
    to: { port: to, location: toLocation },
    tokens: tokensOf(fields),
    isCopy: fields[copyField] === true,
  });
  return ok({ event_id: `Move${randomUUID()}`, num_tokens: count });
}

function portOf({ core, ports }: ControllerWire, instanceId: string): WorkerPort | undefined {
  return core.registry.has(instanceId) ? ports.get(instanceId) : undefined;
}

function place(fields: JsonRecord): string {
  return fields['location'] as string;
}

function tokensOf(fields: JsonRecord): number[] {
  return fields['tokens'] as number[];
}
