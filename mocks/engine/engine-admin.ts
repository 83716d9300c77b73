import { queryOf } from '../../src/net/server.ts';
import { AdminRefusal, type AdminRoutes } from '../admin/admin.ts';
import { commonRoutes } from '../admin/common-routes.ts';
import type { ExplainBook } from '../admin/explain.ts';
import { isRecord } from '../shape.ts';
import { diffCache, restoreCache, viewCache } from './cache-snapshot.ts';
import type { EngineCore } from './core/engine-core.ts';
import { DEVICE_LOCATION } from './core/stores.ts';
import type { KvEventStream } from './kv-events.ts';
import type { EngineWire } from './wire/engine-wire.ts';

export interface EngineAdminParts {
  wire: EngineWire;
  core: EngineCore;
  explain: ExplainBook;
  events: KvEventStream | undefined;
}

/** The admin API of a mock engine. */
export function engineAdminRoutes(parts: EngineAdminParts): AdminRoutes {
  const { wire, core, explain, events } = parts;
  return {
    ...commonRoutes({
      journal: wire.journal,
      faults: wire.faults,
      clock: wire.clock,
      lateness: wire.lateness,
      state: () => engineState(wire, core),
      reset: (scope) => resetEngine(parts, scope),
    }),
    'GET cache': ({ request }) => {
      const query = queryOf(request.url ?? '');
      const location = query.get('location') ?? DEVICE_LOCATION;
      const blocks = viewCache(core, location);
      return blocks ? { location, blocks } : new AdminRefusal(404, `There is no "${location}".`);
    },
    'GET explain': (_exchange, key) =>
      explain.explain(key) ?? new AdminRefusal(404, `No request "${key}" is remembered.`),
    'GET snapshot': () => core.snapshot(),
    'PUT snapshot': ({ body }) => ({ resident: restoreCache(core, body) }),
    'POST snapshot': ({ body }) => diffCache(core, body),
    'GET events': ({ request, response }) => {
      if (!events) return new AdminRefusal(409, 'KV events are off; start the engine with them.');
      events.serve(response, request.headers['last-event-id'] as string | undefined);
      return undefined;
    },
    'POST operations': ({ body }) => operate(core, body),
  };
}

function engineState({ settings, isDown }: EngineWire, core: EngineCore): object {
  const { counters, profile, stores } = core;
  return {
    role: 'engine',
    id: settings.id,
    model: settings.model,
    vllm: settings.dialect.version,
    isDown,
    profile,
    counters: { ...counters },
    device: { ...stores.device.totals, bytes: stores.device.bytes },
    tier: stores.tier && { ...stores.tier.totals, bytes: stores.tier.bytes },
  };
}

function resetEngine({ wire, core, explain }: EngineAdminParts, scope: string): boolean {
  if (scope === 'faults' || scope === 'all') wire.frozenMetrics = undefined;
  if (scope === 'explain' || scope === 'all') explain.clear();
  if (scope !== 'cache' && scope !== 'all') return scope === 'explain';
  core.clear(DEVICE_LOCATION, true);
  const { tier } = core.profile;
  if (tier) core.clear(tier.location, true);
  return true;
}

const OPERATIONS = [
  'pin',
  'unpin',
  'clear',
  'compress',
  'decompress',
  'evict',
  'store',
  'resident',
] as const;

/** What a controller in another process asks of this engine's stores; answers `{tokens}`. */
function operate(core: EngineCore, body: unknown): object {
  const { operation, location, tokens = [], ttlMs } = isRecord(body) ? body : {};
  const name = OPERATIONS.find((candidate) => candidate === operation);
  if (!name || typeof location !== 'string' || !Array.isArray(tokens)) {
    return new AdminRefusal(400, `operation must be one of ${OPERATIONS.join(', ')}.`);
  }
  if (name === 'clear') return { tokens: core.clear(location) };
  if (name === 'pin') {
    const lease = typeof ttlMs === 'number' ? ttlMs : undefined;
    return { tokens: core.pin(location, tokens as number[], lease) };
  }
  return { tokens: core[name](location, tokens as number[]) };
}
