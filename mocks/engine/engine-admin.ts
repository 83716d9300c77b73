import { queryOf } from '../http/exchange.ts';
import { AdminRefusal, type AdminRoutes } from '../admin/admin.ts';
import { commonRoutes } from '../admin/common-routes.ts';
import type { ExplainBook } from '../admin/explain.ts';
import { isRecord } from '../../src/base/json.ts';
import { WORKER_OPERATIONS, type WorkerPort } from '../controller/core/fleet-operations.ts';
import { diffCache, restoreCache, viewCache } from './cache-snapshot.ts';
import type { EngineCore } from './core/engine-core.ts';
import { DEVICE_LOCATION } from './core/stores.ts';
import type { KvEvents } from './kv-events/kv-events.ts';
import type { EngineWire } from './wire/engine-wire.ts';

export interface EngineAdminParts {
  wire: EngineWire;
  core: EngineCore;
  explain: ExplainBook;
  events: KvEvents | undefined;
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
      state: () => engineState(parts),
      reset: (scope) => resetEngine(parts, scope),
    }),
    'GET cache': ({ request }) => {
      const query = queryOf(request.target);
      const location = query.get('location') ?? DEVICE_LOCATION;
      const blocks = viewCache(core, location);
      return blocks ? { location, blocks } : new AdminRefusal(404, noLocation(core, location));
    },
    'GET explain/': (_exchange, key) =>
      explain.explain(key) ?? new AdminRefusal(404, notRemembered(explain, key)),
    'GET snapshot': () => core.snapshot(),
    'PUT snapshot': ({ body }) => ({ resident: restoreCache(core, body) }),
    'POST snapshot': ({ body }) => diffCache(core, body),
    'GET events': ({ request, reply }) => {
      if (!events) return new AdminRefusal(409, 'KV events are off; start the engine with them.');
      const lastEventId = request.header('last-event-id') ?? '';
      if (!/^(-1|\d{0,15})$/.test(lastEventId)) {
        return new AdminRefusal(400, 'Last-Event-ID must be the number of an event, or -1.');
      }
      events.sse.serve(reply, lastEventId === '' ? undefined : Number(lastEventId));
      return undefined;
    },
    'POST operations': ({ body }) => operate(core, body),
  };
}

function noLocation({ stores }: EngineCore, location: string): string {
  const known = stores.all().map((store) => store.location);
  return `There is no location "${location}". There are: ${known.join(', ')}.`;
}

function notRemembered(explain: ExplainBook, key: string): string {
  const choices = explain.choicesOf(key);
  if (choices.length === 0) return `No request "${key}" is among the last that ended.`;
  return `Request "${key}" had several prompts or answers; ask for one of ${choices.join(', ')}.`;
}

function engineState({ wire: { settings, isDown }, core, events }: EngineAdminParts): object {
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
    kvEvents: events ? kvEventState(events) : null,
  };
}

function kvEventState({ stream, zmq }: KvEvents): object {
  return { published: stream.published, zmq: null, replay: null, ...zmq?.endpoints };
}

function resetEngine({ wire, core, explain }: EngineAdminParts, scope: string): boolean {
  if (scope === 'faults' || scope === 'all') wire.frozenMetrics = undefined;
  if (scope === 'explain' || scope === 'all') explain.clear();
  if (scope !== 'cache' && scope !== 'all') return scope === 'explain';
  core.operations.wipe(DEVICE_LOCATION);
  const { tier } = core.profile;
  if (tier) core.operations.wipe(tier.location);
  return true;
}

/** What a controller in another process asks of this engine's stores; answers `{tokens}`. */
async function operate({ operations }: EngineCore, body: unknown): Promise<object> {
  const { operation, location, tokens = [], ttlMs } = isRecord(body) ? body : {};
  const name = WORKER_OPERATIONS.find((candidate) => candidate === operation);
  if (!name || typeof location !== 'string') {
    const names = WORKER_OPERATIONS.join(', ');
    return new AdminRefusal(
      400,
      `Send {operation, location, tokens}; operation is one of ${names}.`,
    );
  }
  if (!Array.isArray(tokens) || !tokens.every(Number.isSafeInteger)) {
    return new AdminRefusal(400, 'tokens must be a list of token ids.');
  }
  const lease = typeof ttlMs === 'number' ? ttlMs : undefined;
  return { tokens: await (operations as WorkerPort)[name](location, tokens as number[], lease) };
}
