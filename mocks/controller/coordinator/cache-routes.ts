import type { ControllerWire } from '../wire/controller-wire.ts';
import { type Answer, ok } from '../../python/fastapi.ts';
import { DELETION, PINS_QUERY, PROMPT, PROMPT_ON_INSTANCE } from './bodies.ts';
import { tierOf } from './engine-reports.ts';
import { promptKeys } from './prompt-keys.ts';
import { type CoordinatorRoute, refusal, type RouteInput } from './route.ts';

/** `http_apis/cache_api.py`: what concerns one MP server is passed on to it. */
export const CACHE_ROUTES: readonly CoordinatorRoute[] = [
  { method: 'POST', path: '/cache/prefetches', body: PROMPT_ON_INSTANCE, run: prefetch },
  { method: 'GET', path: '/cache/prefetches/{id}/{request}', run: prefetchStatus },
  { method: 'POST', path: '/cache/delete', body: DELETION, run: deletePrompt },
];

/** Of the eviction controller, whose routes come last. */
export const PIN_ROUTES: readonly CoordinatorRoute[] = [
  { method: 'POST', path: '/cache/pins', body: PROMPT, run: changePins('pin') },
  { method: 'DELETE', path: '/cache/pins', body: PROMPT, run: changePins('unpin') },
  { method: 'GET', path: '/cache/pins', query: PINS_QUERY, run: listPins },
];

/** Of keys, whether anybody has them or not; pins only keep them from being evicted from L2. */
function changePins(change: 'pin' | 'unpin'): CoordinatorRoute['run'] {
  return ({ core, coordinator }, { body }) => {
    const found = promptKeys(body, core.chunkTokens);
    if (!('keys' in found)) return found;
    coordinator[change](found.keys);
    return ok({ requested: found.chunks, affected: found.keys.length, status: `${change}ned` });
  };
}

function listPins({ coordinator }: ControllerWire, { query }: RouteInput): Answer {
  const { cache_salt: salt, model_name: model } = query as Record<string, string>;
  const { offset, limit } = query as Record<string, number>;
  const fitting = coordinator
    .pins()
    .filter(({ key }) => salt === '' || key.cache_salt === salt)
    .filter(({ key }) => model === '' || key.model_name === model);
  return ok({
    total: fitting.length,
    pins: fitting
      .slice(offset, offset! + limit!)
      .map(({ key, count }) => ({ key, pin_count: count })),
  });
}

function unregistered(instanceId: string): Answer {
  return refusal(404, `no MP server registered with instance_id='${instanceId}'`);
}

/** No engine of ours answers at the address it registered with. */
function unreachable(action: string, instanceId: string): Answer {
  return refusal(502, `${action} '${instanceId}' failed: All connection attempts failed`);
}

async function deletePrompt(
  { core, coordinator, ports }: ControllerWire,
  { body }: RouteInput,
): Promise<Answer> {
  const id = body['instance_id'] as string;
  if (!core.registry.has(id)) return unregistered(id);
  const found = promptKeys(body, core.chunkTokens);
  if (!('keys' in found)) return found;
  const none = { instance_id: id, requested: 0, affected: 0, skipped: 0, status: 'noop' };
  if (found.chunks === 0) return ok(none);
  const port = ports.get(id);
  if (!port) return unreachable('delete to', id);
  const done = { ...none, requested: found.chunks, status: 'deleted' };
  if (body['tier'] !== 'l1') {
    // Engines of ours drop prefixes, so a pinned chunk keeps those behind it too.
    const skipped = found.keys.filter((key) => coordinator.isPinned(key)).length;
    if (skipped > 0 && body['force'] !== true) return ok({ ...done, skipped });
    coordinator.unpinAll(found.keys);
  }
  let dropped = 0;
  for (const { holder } of core.keyCounts()) {
    const isMeant = body['tier'] === 'all' || body['tier'] === tierOf(holder.location);
    if (holder.instanceId !== id || !isMeant) continue;
    dropped += await port.evict(holder.location, body['token_ids'] as number[]);
  }
  const ranks = body['world_size'] as number;
  const affected = Math.floor(dropped / core.chunkTokens) * ranks;
  return ok({ ...done, affected });
}

/** Nothing to fetch from: engines of ours keep one tier. */
function prefetch({ core, ports }: ControllerWire, { body }: RouteInput): Answer {
  const id = body['instance_id'] as string;
  if (!core.registry.has(id)) return unregistered(id);
  if (!ports.has(id)) return unreachable('prefetch submit to', id);
  return ok({ instance_id: id, request_id: '', chunks: 0, status: 'noop' });
}

function prefetchStatus({ core, ports }: ControllerWire, { params }: RouteInput): Answer {
  const id = params['id']!;
  if (!core.registry.has(id)) return unregistered(id);
  if (!ports.has(id)) return unreachable('prefetch status from', id);
  return refusal(404, 'unknown prefetch request');
}
