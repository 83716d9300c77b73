import type { CacheEvent } from '../../src/kv/cache-events.ts';
import { AdminRefusal, type AdminRoutes } from '../admin/admin.ts';
import { commonRoutes } from '../admin/common-routes.ts';
import { INDEX_FAULTS, membersProblem } from '../faults/fault-members.ts';
import { isRecord } from '../shape.ts';
import type { LatenessGauge } from '../time/lateness.ts';
import type { ControllerFaults } from './core/controller-core.ts';
import type { ControllerWire } from './wire/controller-wire.ts';

/** The admin API of a mock controller. */
export function controllerAdminRoutes(
  wire: ControllerWire,
  { api, lateness }: { api: string; lateness: LatenessGauge },
): AdminRoutes {
  const { core } = wire;
  const faultsAtStart = { ...core.faults };
  return {
    ...commonRoutes({
      journal: wire.journal,
      faults: wire.faults,
      clock: wire.clock,
      lateness,
      state: () => ({
        role: 'controller',
        id: wire.id,
        api,
        calls: Object.fromEntries(wire.calls),
        counters: core.counters,
        index: { chunks: core.index.chunks, bytes: core.index.bytes, faults: core.faults },
        workers: core.registry.list(),
      }),
      reset: (scope) => {
        if (scope === 'faults' || scope === 'all') Object.assign(core.faults, faultsAtStart);
        return resetController(wire, scope);
      },
    }),
    'GET cache': () => ({ chunkTokens: core.chunkTokens, holders: core.keyCounts() }),
    'PUT index-faults': ({ body }) => setFaults(core.faults, body),
    'POST workers': ({ body }) => register(wire, body),
    'POST admissions': ({ body }) => admit(wire, body),
  };
}

function resetController({ core, calls }: ControllerWire, scope: string): boolean {
  if (scope === 'calls' || scope === 'all') calls.clear();
  if (scope === 'restart') core.restart();
  if (scope === 'cache' || scope === 'all') core.index.clear();
  return ['calls', 'restart', 'cache'].includes(scope);
}

/** What is wrong with the index: `{lagMs, isFrozen, lie}`, each optional. */
function setFaults(faults: ControllerFaults, body: unknown): object {
  const problem = isRecord(body)
    ? membersProblem(body, INDEX_FAULTS, 'index-faults')
    : 'index-faults must be an object.';
  return problem === undefined ? Object.assign(faults, body) : new AdminRefusal(400, problem);
}

/** An engine in another process introduces itself: `{instanceId, url}`. */
async function register({ core, ports }: ControllerWire, body: unknown): Promise<object> {
  const { instanceId, url } = isRecord(body) ? body : {};
  if (typeof instanceId !== 'string' || typeof url !== 'string' || !URL.canParse(url)) {
    return new AdminRefusal(400, 'instanceId and url must be given.');
  }
  const { hostname, port } = new URL(url);
  core.register({ instanceId, workerId: 0, ip: hostname, port: Number(port), peerInitUrl: null });
  // Only controllers apart from their engines need an HTTP client.
  const { remoteWorker } = await import('./remote-worker.ts');
  ports.set(instanceId, remoteWorker(url));
  return { registered: instanceId };
}

/**
 * Stores and evictions of an engine in another process: `{instanceId, events: [{location, event}]}`.
 * Its clock is not ours, so events count from their arrival. `isKnown` false asks it to register.
 */
function admit({ core, clock }: ControllerWire, body: unknown): object {
  const { instanceId, events } = isRecord(body) ? body : {};
  if (typeof instanceId !== 'string' || !Array.isArray(events)) {
    return new AdminRefusal(400, 'instanceId and events must be given.');
  }
  if (!core.heartbeat(instanceId, 0)) return { isKnown: false };
  for (const { location, event } of events as { location: string; event: CacheEvent }[]) {
    core.report({ engineId: instanceId, location, atMs: clock.nowMs(), event });
  }
  return { isKnown: true };
}
