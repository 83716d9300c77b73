import { randomUUID } from 'node:crypto';
import { formatMetrics } from '../../../src/protocol/prometheus.ts';
import { queryOf } from '../../http/exchange.ts';
import type { JsonRecord } from '../../../src/base/json.ts';
import type { ControllerCore } from '../core/controller-core.ts';
import type { RegisteredWorker } from '../core/worker-registry.ts';
import type { ControllerWire } from './controller-wire.ts';
import { integer, Problems } from '../../python/pydantic.ts';
import { type Answer, failure, ok, unprocessable } from '../../python/fastapi.ts';

/** 200 without a single worker for an instance that it does not know. */
export function health({ core }: ControllerWire, fields: JsonRecord): Answer {
  const workers = core.registry.list(fields['instance_id'] as string);
  const codes = Object.fromEntries(workers.map(({ workerId }) => [String(workerId), 0]));
  return ok({ event_id: `health${randomUUID()}`, error_codes: codes });
}

/** The answer's type is a string: none for an unknown address is refused by pydantic. */
export function queryInstance({ core, dialect }: ControllerWire, fields: JsonRecord): Answer {
  const there = core.registry.list().filter(({ ip }) => ip === fields['ip']);
  const worker = there.at(dialect.instanceAtAddress === 'first' ? 0 : -1);
  if (!worker) return failure(NO_INSTANCE);
  return ok({ event_id: `QueryInst${randomUUID()}`, res: worker.instanceId });
}

const NO_INSTANCE = `1 validation error for QueryInstResponse
res
  Input should be a valid string [type=string_type, input_value=None, input_type=NoneType]
    For further information visit https://errors.pydantic.dev/2.14/v/string_type`;

/** In the order of the ids asked for, as often as each is. */
export function queryWorkers({ core, dialect }: ControllerWire, fields: JsonRecord): Answer {
  const instanceId = fields['instance_id'] as string;
  const ids = (fields['worker_ids'] ?? []) as number[];
  const isAll = dialect.isWorkerQueryLoose && instanceId === 'all';
  const workers = core.registry.list(isAll ? undefined : instanceId);
  const idOf = (id: number): RegisteredWorker[] =>
    workers.filter(({ workerId }) => workerId === id);
  let found = workers;
  if (ids.length > 0) {
    found = isAll ? workers.filter(({ workerId }) => ids.includes(workerId)) : ids.flatMap(idOf);
  }
  const infos = found.map((worker) => workerView(worker, dialect.peerField));
  return ok({ event_id: `QueryWorkerInfo${randomUUID()}`, worker_infos: infos });
}

/** One worker when both its instance and its id are given; an id alone is ignored. */
export function workersOf({ core, dialect }: ControllerWire, target: string): Answer {
  const query = queryOf(target);
  const instanceId = query.get('instance_id') ?? undefined;
  const given = query.get('worker_id');
  const workerId =
    given === null ? undefined : (integer()(given, ['query', 'worker_id']) as number | Problems);
  if (workerId instanceof Problems) return unprocessable(workerId);
  const view = (worker: RegisteredWorker): object => ({
    ...workerView(worker, dialect.peerField),
    key_count: keyCount(core, worker.instanceId),
  });
  const listed = core.registry.list(instanceId);
  if (instanceId !== undefined && workerId !== undefined) {
    const worker = listed.find((it) => it.workerId === workerId);
    return worker ? ok(view(worker)) : notThere(`Worker (${instanceId}, ${workerId}) not found`);
  }
  if (instanceId !== undefined && listed.length === 0) {
    return notThere(`No workers found for instance ${instanceId}`);
  }
  return ok({ workers: listed.map(view), total_count: listed.length });
}

const notThere = (detail: string): Answer => ({ status: 404, body: { detail } });

export function keyStats({ core }: ControllerWire): Answer {
  const instances = core.registry.instances().map((instanceId) => ({
    instance_id: instanceId,
    key_count: keyCount(core, instanceId),
    worker_count: core.registry.list(instanceId).length,
  }));
  return ok({
    total_key_count: allKeys(core),
    total_instance_count: instances.length,
    total_worker_count: core.registry.list().length,
    instances,
  });
}

/** The two families that tell of something the mock has: it has no sockets and no full sync. */
export function metrics({ core }: ControllerWire): Answer {
  const gauge = (name: string, help: string, value: number) => ({
    name: `lmcache:cache_controller_${name}`,
    help,
    type: 'gauge' as const,
    samples: [{ name: `lmcache:cache_controller_${name}`, labels: { role: 'controller' }, value }],
  });
  const text = formatMetrics([
    gauge('kv_pool_keys_count', 'The number of keys in the KV pool', allKeys(core)),
    gauge(
      'registered_workers_count',
      'The total number of registered workers',
      core.registry.list().length,
    ),
  ]);
  return { status: 200, text };
}

/** A worker as the API shows it; times in Unix seconds. */
function workerView(worker: RegisteredWorker, peerField: string): object {
  return {
    instance_id: worker.instanceId,
    worker_id: worker.workerId,
    ip: worker.ip,
    port: worker.port,
    [peerField]: worker.peerInitUrl,
    registration_time: worker.registeredMs / 1_000,
    last_heartbeat_time: worker.lastHeartbeatMs / 1_000,
  };
}

function keyCount(core: ControllerCore, instanceId: string): number {
  return core
    .keyCounts()
    .filter(({ holder }) => holder.instanceId === instanceId)
    .reduce((sum, { chunks }) => sum + chunks, 0);
}

function allKeys(core: ControllerCore): number {
  return core.registry.instances().reduce((sum, instanceId) => sum + keyCount(core, instanceId), 0);
}
