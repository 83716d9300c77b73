import { randomUUID } from 'node:crypto';
import type { Exchange } from '../../http-exchange.ts';
import type { JsonRecord } from '../../shape.ts';
import { movePrefix, type WorkerPort } from '../core/fleet-operations.ts';
import type { ControllerWire } from './controller-wire.ts';
import { type Answer, failure, ok, type RequestModel, validate } from './fastapi.ts';

type Operation = (wire: ControllerWire, fields: JsonRecord) => Answer | Promise<Answer>;

interface LegacyRoute {
  model: RequestModel;
  run: Operation;
}

const TEXT = { kind: 'string' } as const;
const TOKENS = { kind: 'integers' } as const;
const TOKENS_OR_ALL = { kind: 'integers', default: [] } as const;
const FLAG = { kind: 'boolean', default: false } as const;
const PLACE = { kind: 'pair' } as const;

/** The POST routes of `lmcache/v1/api_server/__main__.py`. There is no /evict and no /unpin. */
export const LEGACY_ROUTES: Readonly<Record<string, LegacyRoute>> = {
  '/lookup': { model: { tokens: TOKENS }, run: lookup },
  '/pin': {
    model: { instance_id: TEXT, location: TEXT, tokens: TOKENS },
    run: (wire, fields) =>
      onInstance(wire, fields, 'Pin', (port) =>
        port.pin(place(fields), tokensOf(fields), PIN_TIMEOUT_MS),
      ),
  },
  '/clear': {
    model: { instance_id: TEXT, location: TEXT },
    run: (wire, fields) => onInstance(wire, fields, 'Clear', (port) => port.clear(place(fields))),
  },
  '/compress': {
    model: { instance_id: TEXT, method: TEXT, location: TEXT, tokens: TOKENS_OR_ALL },
    run: (wire, fields) =>
      onInstance(wire, fields, 'Compress', (port) =>
        port.compress(place(fields), tokensOf(fields)),
      ),
  },
  '/decompress': {
    model: { instance_id: TEXT, method: TEXT, location: TEXT, tokens: TOKENS_OR_ALL },
    run: (wire, fields) =>
      onInstance(wire, fields, 'Decompress', (port) =>
        port.decompress(place(fields), tokensOf(fields)),
      ),
  },
  '/move': {
    model: {
      old_position: PLACE,
      new_position: PLACE,
      tokens: TOKENS_OR_ALL,
      should_copy: FLAG,
      copy: FLAG,
    },
    run: move,
  },
  '/health': { model: { instance_id: TEXT }, run: health },
  // The executor behind it raises NotImplementedError, whose text is empty.
  '/check_finish': { model: { event_id: TEXT }, run: () => failure('') },
  '/query_instance': { model: { event_id: TEXT, ip: TEXT }, run: queryInstance },
  '/query_worker_info': {
    model: { instance_id: TEXT, worker_ids: TOKENS_OR_ALL },
    run: queryWorkers,
  },
};

/** LMCache's `pin_timeout_sec`. */
const PIN_TIMEOUT_MS = 300_000;

/** Answers a POST of the legacy API. */
export function answerLegacy(
  wire: ControllerWire,
  route: LegacyRoute,
  exchange: Exchange,
): Answer | Promise<Answer> {
  const valid = validate(exchange, route.model);
  return 'fields' in valid ? route.run(wire, valid.fields) : valid;
}

/** `{event_id, layout_info: {instance: [location, matched]}}`. */
function lookup(wire: ControllerWire, fields: JsonRecord): Answer {
  const info: Record<string, unknown> = {};
  for (const [instanceId, { location, tokens }] of wire.core.lookup(tokensOf(fields))) {
    info[instanceId] = [location, tokens];
  }
  return ok({ event_id: `Lookup${randomUUID()}`, layout_info: info });
}

/** An unknown instance meets an assert; an unknown location holds nothing. */
async function onInstance(
  wire: ControllerWire,
  fields: JsonRecord,
  name: string,
  run: (port: WorkerPort) => number | Promise<number>,
): Promise<Answer> {
  const port = portOf(wire, fields['instance_id'] as string);
  if (!port) return failure(wire.dialect.unknownInstance[name] ?? '');
  const count = await run(port);
  return ok({ event_id: `${name}${randomUUID()}`, num_tokens: count });
}

async function move(wire: ControllerWire, fields: JsonRecord): Promise<Answer> {
  const [fromInstance, fromLocation] = fields['old_position'] as [string, string];
  const [toInstance, toLocation] = fields['new_position'] as [string, string];
  const [from, to] = [portOf(wire, fromInstance), portOf(wire, toInstance)];
  if (!from || !to) return failure('');
  const count = await movePrefix({
    from: { port: from, location: fromLocation },
    to: { port: to, location: toLocation },
    tokens: tokensOf(fields),
    // The field was renamed in 2025; each version ignores the other's spelling.
    isCopy: fields['should_copy'] === true || fields['copy'] === true,
  });
  return ok({ event_id: `Move${randomUUID()}`, num_tokens: count });
}

function health({ core, dialect }: ControllerWire, fields: JsonRecord): Answer {
  const workers = core.registry.list(fields['instance_id'] as string);
  if (workers.length === 0 && dialect.unknownHealth === 'error') return failure('');
  const codes = Object.fromEntries(workers.map(({ workerId }) => [String(workerId), 0]));
  return ok({ event_id: `health${randomUUID()}`, error_codes: codes });
}

/** The answer's type is a string: an unknown address fails in serialisation. */
function queryInstance({ core }: ControllerWire, fields: JsonRecord): Answer {
  const worker = core.registry.list().find(({ ip }) => ip === fields['ip']);
  if (!worker) return { status: 500, body: { detail: 'Internal Server Error' } };
  return ok({ event_id: fields['event_id'], res: worker.instanceId });
}

function queryWorkers(wire: ControllerWire, fields: JsonRecord): Answer {
  const ids = tokensOf(fields);
  const workers = wire.core.registry
    .list(fields['instance_id'] as string)
    .filter(({ workerId }) => ids.length === 0 || ids.includes(workerId));
  return ok({ event_id: `QueryWorkerInfo${randomUUID()}`, worker_infos: workers.map(workerView) });
}

/** A worker as the API shows it; times in Unix seconds. */
export function workerView(worker: {
  instanceId: string;
  workerId: number;
  ip: string;
  port: number;
  peerInitUrl: string | null;
  registeredMs: number;
  lastHeartbeatMs: number;
}): object {
  return {
    instance_id: worker.instanceId,
    worker_id: worker.workerId,
    ip: worker.ip,
    port: worker.port,
    peer_init_url: worker.peerInitUrl,
    registration_time: worker.registeredMs / 1_000,
    last_heartbeat_time: worker.lastHeartbeatMs / 1_000,
  };
}

function portOf({ core, ports }: ControllerWire, instanceId: string): WorkerPort | undefined {
  return core.registry.has(instanceId) ? ports.get(instanceId) : undefined;
}

function place(fields: JsonRecord): string {
  return fields['location'] as string;
}

function tokensOf(fields: JsonRecord): number[] {
  return (fields['tokens'] ?? fields['worker_ids']) as number[];
}
