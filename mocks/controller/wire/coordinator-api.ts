import { randomUUID } from 'node:crypto';
import type { Exchange } from '../../http-exchange.ts';
import type { JsonRecord } from '../../shape.ts';
import type { ControllerWire } from './controller-wire.ts';
import { type Answer, methodNotAllowed, ok, type RequestModel, validate } from './fastapi.ts';

const TEXT = { kind: 'string' } as const;
const PROMPT: RequestModel = {
  model_name: TEXT,
  world_size: { kind: 'integer', min: 1 },
  token_ids: { kind: 'integers' },
  cache_salt: { kind: 'string', default: '' },
};
const ON_INSTANCE: RequestModel = { ...PROMPT, instance_id: TEXT };

type Operation = (wire: ControllerWire, fields: JsonRecord) => Answer | Promise<Answer>;

/** Method and path → request model and answer, after `lmcache.v1.mp_coordinator`. */
const ROUTES: Readonly<Record<string, { model: RequestModel; run: Operation }>> = {
  'POST /directory/lookup_tokens': { model: PROMPT, run: lookupTokens },
  'POST /cache/pins': { model: PROMPT, run: (wire, fields) => changePins(wire, fields, 'pin') },
  'DELETE /cache/pins': {
    model: PROMPT,
    run: (wire, fields) => changePins(wire, fields, 'unpin'),
  },
  'POST /cache/delete': {
    model: {
      ...ON_INSTANCE,
      tier: { kind: 'string', default: 'all', choices: ['l1', 'l2', 'all'] },
      force: { kind: 'boolean', default: false },
    },
    run: deleteTokens,
  },
  'POST /cache/prefetches': { model: ON_INSTANCE, run: prefetch },
};

/** Path → the method of its first route, which is what FastAPI names as allowed. */
const ALLOWED: ReadonlyMap<string, string> = new Map(
  [...Object.keys(ROUTES), 'GET /healthz', 'GET /instances', 'GET /directory/stats']
    .map((route) => route.split(' ') as [string, string])
    .map(([method, path]) => [path, method]),
);

/** The multi-process coordinator's API (port 9300). Undefined for paths it does not have. */
export function answerCoordinator(
  wire: ControllerWire,
  exchange: Exchange,
): Answer | Promise<Answer> | undefined {
  const { path } = exchange;
  const method = exchange.request.method;
  if (method === 'GET') {
    if (path === '/healthz') return ok({ status: 'healthy' });
    if (path === '/instances') return ok({ instances: instances(wire) });
    if (path === '/directory/stats') return ok(directoryStats(wire));
  }
  const route = ROUTES[`${method} ${path}`];
  const allowed = ALLOWED.get(path);
  if (!route) return allowed === undefined ? undefined : methodNotAllowed(allowed);
  const valid = validate(exchange, route.model);
  return 'fields' in valid ? route.run(wire, valid.fields) : valid;
}

function instances({ core }: ControllerWire): object[] {
  return core.registry.list().map((worker) => ({
    instance_id: worker.instanceId,
    ip: worker.ip,
    http_port: worker.port,
    registration_time: worker.registeredMs / 1_000,
    metadata: {},
    p2p_advertised_url: null,
    mq_port: null,
  }));
}

function tierOf(location: string): 'l1' | 'l2' {
  return location === 'LocalDiskBackend' ? 'l2' : 'l1';
}

function directoryStats({ core }: ControllerWire): object {
  return { chunks: core.index.chunks, instances: core.registry.instances().length };
}

/** All holders of each chunk in order; a prompt shorter than a chunk has none. */
function lookupTokens({ core }: ControllerWire, fields: JsonRecord): Answer {
  const placements = core.placements(tokensOf(fields));
  const results = placements.map(({ hash, holders }) => ({
    key: {
      chunk_hash_hex: hash.toString(16).padStart(16, '0'),
      model_name: fields['model_name'],
      kv_rank: 0,
      object_group_id: 0,
      cache_salt: fields['cache_salt'],
    },
    placements: holders.map(({ instanceId, location }) => ({
      instance: instanceId,
      tier: tierOf(location),
      backend: location,
      size: core.chunkTokens,
    })),
  }));
  return ok({ chunks: placements.length, results });
}

/** Fleet-wide: wherever the prefix is. Counted in chunks. */
async function changePins(
  { core, ports }: ControllerWire,
  fields: JsonRecord,
  change: 'pin' | 'unpin',
): Promise<Answer> {
  const tokens = tokensOf(fields);
  const requested = Math.floor(tokens.length / core.chunkTokens);
  let affected = 0;
  for (const { instanceId, location } of core.keyCounts().map(({ holder }) => holder)) {
    const changed = (await ports.get(instanceId)?.[change](location, tokens)) ?? 0;
    affected = Math.max(affected, Math.floor(changed / core.chunkTokens));
  }
  return ok({ requested, affected, status: `${change}ned` });
}

async function deleteTokens({ core, ports }: ControllerWire, fields: JsonRecord): Promise<Answer> {
  const instanceId = fields['instance_id'] as string;
  const tokens = tokensOf(fields);
  const requested = Math.floor(tokens.length / core.chunkTokens);
  let dropped = 0;
  for (const { holder } of core.keyCounts()) {
    const isMeant = fields['tier'] === 'all' || fields['tier'] === tierOf(holder.location);
    if (holder.instanceId !== instanceId || !isMeant) continue;
    dropped += (await ports.get(instanceId)?.evict(holder.location, tokens)) ?? 0;
  }
  const affected = Math.floor(dropped / core.chunkTokens);
  return ok({
    instance_id: instanceId,
    requested,
    affected,
    skipped: requested - affected,
    status: 'deleted',
  });
}

/** Nothing to fetch from: the mocks keep one tier. */
function prefetch(_wire: ControllerWire, fields: JsonRecord): Answer {
  return ok({
    instance_id: fields['instance_id'],
    request_id: randomUUID(),
    chunks: 0,
    status: 'noop',
  });
}

function tokensOf(fields: JsonRecord): number[] {
  return fields['token_ids'] as number[];
}
