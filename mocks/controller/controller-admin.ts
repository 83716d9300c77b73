import type { CacheEvent } from '../../src/kv/cache-events.ts';
import { AdminRefusal, type AdminRoutes } from '../admin/admin.ts';
import { commonRoutes } from '../admin/common-routes.ts';
import { isRecord, type Shape, shapeProblem } from '../shape.ts';
import type { LatenessGauge } from '../time/lateness.ts';
import type { ControllerFaults } from './core/controller-core.ts';
import type { ControllerWire } from './wire/controller-wire.ts';

/** The admin API of a mock controller. */
export function controllerAdminRoutes(
  wire: ControllerWire,
  { api, lateness }: { api: string; lateness: LatenessGauge },
): AdminRoutes {
  const { core } = wire;
  const startFaults = { ...core.faults };
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
      reset: (scope) => resetController(wire, startFaults, scope),
    }),
    'GET cache': () => ({ chunkTokens: core.chunkTokens, holders: core.keyCounts() }),
    'PUT index-faults': ({ body }) => setFaults(core.faults, body),
    'POST workers': ({ body }) => register(wire, body),
    'POST admissions': ({ body }) => admit(wire, body),
  };
}

function resetController(
  { core, calls }: ControllerWire,
  startFaults: ControllerFaults,
  scope: string,
): boolean {
  if (scope === 'calls' || scope === 'all') calls.clear();
  if (scope === 'restart') core.restart();
  if (scope === 'cache' || scope === 'all') core.forgetIndex();
  if (scope === 'faults' || scope === 'all') Object.assign(core.faults, startFaults);
  return ['calls', 'restart', 'cache'].includes(scope);
}

const INDEX_FAULTS: Shape = { lagMs: 'number?', isFrozen: 'boolean?', lie: 'string?' };

const LIES = ['off', 'wrong-instance', 'whole-prompt'] as const;

/** What is wrong with the index: `{lagMs, isFrozen, lie}`, each optional. */
function setFaults(faults: ControllerFaults, body: unknown): object {
  if (!isRecord(body)) return new AdminRefusal(400, 'Send {lagMs, isFrozen, lie}.');
  const problem = shapeProblem(body, INDEX_FAULTS, 'The body');
  if (problem !== undefined) return new AdminRefusal(400, problem);
  const { lagMs = 0, lie = 'off' } = body as Partial<ControllerFaults>;
  if (!(lagMs >= 0 && lagMs < Infinity)) return new AdminRefusal(400, 'lagMs must be 0 or more.');
  if (!LIES.includes(lie)) return new AdminRefusal(400, `lie is one of ${LIES.join(', ')}.`);
  return Object.assign(faults, body);
}

/** An engine in another process introduces itself: `{instanceId, url}`. */
async function register({ core, ports }: ControllerWire, body: unknown): Promise<object> {
  const { instanceId, url } = isRecord(body) ? body : {};
  const isHttp = typeof url === 'string' && URL.canParse(url) && /^http:/i.test(url);
  if (typeof instanceId !== 'string' || !isHttp) {
    return new AdminRefusal(400, 'Send {instanceId, url}; url is the http address of an engine.');
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
  if (typeof instanceId !== 'string' || !Array.isArray(events) || !events.every(isAdmission)) {
    return new AdminRefusal(400, 'Send {instanceId, events: [{location, event}]}.');
  }
  if (!core.heartbeat(instanceId, 0)) return { isKnown: false };
  for (const { location, event } of events) {
    core.report({ engineId: instanceId, location, atMs: clock.nowMs(), event });
  }
  return { isKnown: true };
}

interface Admission {
  location: string;
  event: CacheEvent;
}

/** As far as the index looks at it. */
function isAdmission(value: unknown): value is Admission {
  const { location, event } = isRecord(value) ? value : {};
  if (typeof location !== 'string' || !isRecord(event)) return false;
  const { type, hashes } = event;
  if (type === 'cleared') return true;
  const isHashList = Array.isArray(hashes) && hashes.every(Number.isSafeInteger);
  return (type === 'stored' || type === 'removed') && isHashList;
}
