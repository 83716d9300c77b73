import type { JsonRecord } from '../../../src/base/json.ts';
import type { ControllerWire } from '../wire/controller-wire.ts';
import { type Answer, ok } from '../../python/fastapi.ts';
import { QUOTA, QUOTA_DEFAULT, TIER_QUERY } from './bodies.ts';
import type { CoordinatorState } from './coordinator-state.ts';
import { type CoordinatorRoute, refusal } from './route.ts';
import { bytesBySalt } from './usage.ts';
import type { Tier } from './wire-types.ts';

const GIB = 1_024 ** 3;

/** Quotas of the eviction controller. Nothing here evicts: the mocks' engines do so by themselves. */
export const QUOTA_ROUTES: readonly CoordinatorRoute[] = [
  {
    method: 'PUT',
    path: '/quota/config',
    body: QUOTA_DEFAULT,
    run: ({ coordinator }, { body }) =>
      onL2(body, () => {
        const limit = body['default_limit_gb'] as number | null;
        coordinator.defaultQuotaBytes = limit === null ? null : bytesOf(limit);
        return { default_limit_gb: limit };
      }),
  },
  {
    method: 'GET',
    path: '/quota/config',
    query: TIER_QUERY,
    run: ({ coordinator: { defaultQuotaBytes: bytes } }, { query }) =>
      onL2(query, () => ({ default_limit_gb: bytes === null ? null : bytes / GIB })),
  },
  {
    method: 'PUT',
    path: '/quota/{salt}',
    body: QUOTA,
    run: ({ coordinator }, { body, params }) =>
      onL2(body, () => {
        const salt = saltOf(params['salt']!);
        const limit = body['limit_gb'] as number;
        coordinator.quotas.set(salt, bytesOf(limit));
        return { cache_salt: salt, limit_gb: limit, status: 'ok' };
      }),
  },
  {
    method: 'DELETE',
    path: '/quota/{salt}',
    query: TIER_QUERY,
    run: ({ coordinator }, { query, params }) =>
      onL2(query, () => {
        const salt = saltOf(params['salt']!);
        const status = coordinator.quotas.delete(salt) ? 'removed' : 'not_found';
        return { cache_salt: salt, limit_gb: 0, status };
      }),
  },
  {
    method: 'GET',
    path: '/quota/{salt}',
    query: TIER_QUERY,
    run: (wire, { query, params }) =>
      onTier(query, (tier) => statusOf(wire.coordinator, tier, saltOf(params['salt']!))),
  },
  {
    method: 'GET',
    path: '/quota',
    query: TIER_QUERY,
    run: (wire, { query }) => onTier(query, (tier) => statusOfAll(wire, tier)),
  },
];

function bytesOf(gib: number): number {
  return Math.trunc(gib * GIB);
}

function saltOf(name: string): string {
  return name === '_default' ? '' : name;
}

function onL2({ tier }: JsonRecord, run: () => object): Answer {
  if (tier === 'l2') return ok(run());
  return refusal(400, `quotas apply to tier 'l2' only, not '${String(tier)}'`);
}

function onTier({ tier }: JsonRecord, run: (tier: Tier) => object): Answer {
  if (tier === 'l1' || tier === 'l2') return ok(run(tier));
  return refusal(400, `tier '${String(tier)}' has no usage accounting; only 'l1', 'l2'`);
}

function statusOf(state: CoordinatorState, tier: Tier, salt: string): object {
  const limit = tier === 'l2' ? state.quotas.get(salt) : undefined;
  return {
    cache_salt: salt,
    quota_limit_gb: (limit ?? 0) / GIB,
    quota_exists: limit !== undefined,
    usage_gb: (bytesBySalt(state, tier).get(salt) ?? 0) / GIB,
  };
}

function statusOfAll({ coordinator }: ControllerWire, tier: Tier): object {
  const bytes = bytesBySalt(coordinator, tier);
  const limited = tier === 'l2' ? [...coordinator.quotas.keys()] : [];
  const salts = [...new Set([...bytes.keys(), ...limited])].sort();
  return {
    total_gb: [...bytes.values()].reduce((sum, it) => sum + it, 0) / GIB,
    by_cache_salt: salts.map((salt) => statusOf(coordinator, tier, salt)),
  };
}
