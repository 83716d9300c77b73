import type { ControllerWire } from '../wire/controller-wire.ts';
import { type Answer, ok } from '../../python/fastapi.ts';
import { EVENTS, KEYS_QUERY, LOOKUP, lookupProblem } from './bodies.ts';
import type { KeyFilter } from './key-directory.ts';
import { promptKeys } from './prompt-keys.ts';
import { type CoordinatorRoute, refusal, type RouteInput } from './route.ts';
import type { EventBatch, ObjectKey, Placement } from './wire-types.ts';

/** `http_apis/directory_api.py` and `events_api.py`. */
export const DIRECTORY_ROUTES: readonly CoordinatorRoute[] = [
  { method: 'POST', path: '/directory/lookup', body: LOOKUP, check: lookupProblem, run: lookup },
  { method: 'GET', path: '/directory/keys', query: KEYS_QUERY, run: listKeys },
  { method: 'GET', path: '/directory/stats', run: stats },
  { method: 'POST', path: '/events', body: EVENTS, run: ingest },
];

const KAFKA =
  'POST /events is disabled: this coordinator consumes cache events from Kafka (--event-transport kafka)';

function ingest({ coordinator, eventTransport }: ControllerWire, { body }: RouteInput): Answer {
  return eventTransport === 'kafka'
    ? refusal(404, KAFKA)
    : ok(coordinator.ingest(body['batches'] as EventBatch[]));
}

function lookup({ core, coordinator }: ControllerWire, { body }: RouteInput): Answer {
  const { directory } = coordinator;
  const named = body['keys'] as ObjectKey[];
  const found =
    named.length > 0 ? { keys: named, chunks: named.length } : promptKeys(body, core.chunkTokens);
  if (!('keys' in found)) return found;
  const keys = named.length > 0 ? named : found.keys.flatMap((key) => directory.inEachGroup(key));
  const results = keys.map((key) => {
    const record = directory.record(key);
    return {
      key,
      placements: (record?.placements ?? []).toSorted(byPlace),
      token_ids: directory.tokenIds(key.chunk_hash_hex),
      access_count: record?.accessCount ?? 0,
    };
  });
  return ok({ chunks: found.chunks, results });
}

function byPlace(a: Placement, b: Placement): number {
  const name = (it: Placement): string => [it.instance_id, it.tier, it.backend].join('\0');
  return name(a) < name(b) ? -1 : 1;
}

function listKeys({ coordinator: { directory } }: ControllerWire, { query }: RouteInput): Answer {
  const { tier, instance_id: instanceId, backend } = query as Record<string, string>;
  const { offset, limit } = query as Record<string, number>;
  const all = directory.list({ tier, instanceId, backend } as KeyFilter);
  return ok({
    total: all.length,
    keys: all.slice(offset, offset! + limit!).map(({ key, placements, accessCount }) => ({
      key,
      placements,
      num_tokens: directory.tokenIds(key.chunk_hash_hex).length,
      access_count: accessCount,
    })),
  });
}

/** The blend index is off, as it is by default. */
const NO_BLEND = {
  num_contents: 0,
  num_chunks: 0,
  num_claims: 0,
  num_namespaces: 0,
  table_size: 1_024,
};

function stats({ coordinator: { directory } }: ControllerWire): Answer {
  const placements = [...directory.records()].flatMap((record) => record.placements);
  const tier = (name: string): Placement[] => placements.filter((it) => it.tier === name);
  const bytes = (of: Placement[]): number => of.reduce((sum, it) => sum + it.size_bytes, 0);
  const [l1, l2] = [tier('l1'), tier('l2')];
  return ok({
    num_keys: [...directory.records()].length,
    num_placements: placements.length,
    l1_keys_by_instance: directory.memoryKeyCounts(),
    blend: NO_BLEND,
    l1_count: l1.length,
    l1_size_bytes: bytes(l1),
    l2_count: l2.length,
    l2_size_bytes: bytes(l2),
  });
}
