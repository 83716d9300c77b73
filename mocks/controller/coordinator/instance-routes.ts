import { randomUUID } from 'node:crypto';
import type { ControllerWire } from '../wire/controller-wire.ts';
import { type Answer, ok } from '../../python/fastapi.ts';
import { REGISTRATION } from './bodies.ts';
import { type CoordinatorRoute, refusal, type RouteInput } from './route.ts';
import { fleetUsage, instanceUsage } from './usage.ts';

/** `http_apis/instances_api.py`, then `instances_usage_api.py`. */
export const INSTANCE_ROUTES: readonly CoordinatorRoute[] = [
  { method: 'POST', path: '/instances', body: REGISTRATION, run: register },
  { method: 'PUT', path: '/instances/{id}/heartbeat', run: heartbeat },
  { method: 'DELETE', path: '/instances/{id}', run: deregister },
  { method: 'GET', path: '/instances', run: (wire) => ok({ instances: instances(wire) }) },
  {
    method: 'GET',
    path: '/instances/usage',
    run: ({ core, coordinator }) => ok(fleetUsage(coordinator, core.registry.instances())),
  },
  { method: 'GET', path: '/instances/{id}/usage', run: usage },
];

function deregister({ core }: ControllerWire, { params }: RouteInput): Answer {
  core.deregister(params['id']!);
  return { status: 204, body: undefined };
}

function register({ core, coordinator }: ControllerWire, { body }: RouteInput): Answer {
  const { instance_id: given, ip, p2p_advertised_url } = body as Record<string, string>;
  const { http_port: port, mq_port } = body as Record<string, number>;
  const instanceId = given || `mp-${randomUUID().replaceAll('-', '')}`;
  const isKnown = core.registry.has(instanceId);
  core.register({ instanceId, workerId: 0, ip: ip!, port: port!, peerInitUrl: null });
  coordinator.details.set(instanceId, {
    metadata: body['metadata'] as Record<string, string>,
    p2p_advertised_url: p2p_advertised_url!,
    mq_port: mq_port!,
  });
  return ok({ instance_id: instanceId, re_registered: isKnown });
}

function heartbeat({ core }: ControllerWire, { params }: RouteInput): Answer {
  const instanceId = params['id']!;
  if (core.heartbeat(instanceId, 0)) return ok({ instance_id: instanceId });
  const error = `unknown instance ${instanceId}; re-register`;
  return { status: 404, body: { error } };
}

const NO_DETAILS = { metadata: {}, p2p_advertised_url: '', mq_port: 0 };

function instances({ core, coordinator }: ControllerWire): object[] {
  return core.registry.list().map((worker) => ({
    instance_id: worker.instanceId,
    ip: worker.ip,
    http_port: worker.port,
    registration_time: worker.registeredMs / 1_000,
    ...(coordinator.details.get(worker.instanceId) ?? NO_DETAILS),
  }));
}

function usage({ core, coordinator }: ControllerWire, { params }: RouteInput): Answer {
  const instanceId = params['id']!;
  const found = instanceUsage(coordinator, instanceId, core.registry.has(instanceId));
  return found ? ok(found) : refusal(404, `unknown instance '${instanceId}'`);
}
