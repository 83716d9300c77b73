import type { Capacity, CoordinatorState } from './coordinator-state.ts';
import type { Tier } from './wire-types.ts';

/** Bytes of one compartment beside what was declared for it. */
interface ModuleUsage {
  tier: Tier;
  backend: string;
  shared: boolean;
  used_bytes: number;
  capacity_bytes: number;
  /** Null: nothing declared to divide by. */
  usage_ratio: number | null;
}

interface Used {
  tier: Tier;
  backend: string;
  /** Empty: a shared pool, which is no one's. */
  owner: string;
  bytes: number;
}

/** Bytes per owner and compartment. */
function usedBytes(state: CoordinatorState): Used[] {
  const used = new Map<string, Used>();
  for (const { placements } of state.directory.records()) {
    for (const { shared, instance_id: id, tier, backend, size_bytes: bytes } of placements) {
      const owner = shared ? '' : id;
      const name = JSON.stringify([owner, tier, backend]);
      const entry = used.get(name) ?? { tier, backend, owner, bytes: 0 };
      entry.bytes += bytes;
      used.set(name, entry);
    }
  }
  return [...used.values()].filter(({ bytes }) => bytes > 0);
}

/** Bytes of one tier per `cache_salt`. */
export function bytesBySalt(state: CoordinatorState, tier: Tier): Map<string, number> {
  const bySalt = new Map<string, number>();
  for (const { key, placements } of state.directory.records()) {
    const bytes = placements
      .filter((it) => it.tier === tier)
      .reduce((sum, it) => sum + it.size_bytes, 0);
    if (bytes > 0) bySalt.set(key.cache_salt, (bySalt.get(key.cache_salt) ?? 0) + bytes);
  }
  return bySalt;
}

/** What GET /instances/{id}/usage says; undefined for an instance nobody ever heard of. */
export function instanceUsage(
  state: CoordinatorState,
  instanceId: string,
  isRegistered: boolean,
): object | undefined {
  const used = usedBytes(state).filter(({ owner }) => owner === instanceId);
  const declared = state.capacities(instanceId);
  if (!isRegistered && declared.length === 0 && used.length === 0) return undefined;
  const own = declared.filter(({ isShared }) => !isShared);
  const unused = own.filter((it) => !used.some((entry) => isSame(entry, it)));
  const modules = [
    ...used.map((it) =>
      module(
        it,
        it.bytes,
        declared.find((entry) => isSame(entry, it)),
      ),
    ),
    ...unused.map((it) => module(it, 0, it)),
  ];
  return {
    instance_id: instanceId,
    registered: isRegistered,
    declared_capacity: declared.length > 0,
    modules: modules.sort(byPlace),
  };
}

/** What GET /instances/usage says: everyone registered, holding or declaring, and the shared pools. */
export function fleetUsage(state: CoordinatorState, registered: readonly string[]): object {
  const used = usedBytes(state);
  const owners = used.map(({ owner }) => owner).filter((owner) => owner !== '');
  const ids = [...new Set([...registered, ...owners, ...state.declaring()])].sort();
  const shared = used.filter(({ owner }) => owner === '');
  return {
    instances: ids.map((id) => instanceUsage(state, id, registered.includes(id))),
    shared_modules: shared
      .map((it) => ({ ...module(it, it.bytes, sharedCapacity(state, it)), shared: true }))
      .sort(byPlace),
  };
}

/** Of a pool that its members declare alike; those who disagree declare nothing. */
function sharedCapacity(state: CoordinatorState, pool: Used): Capacity | undefined {
  const claims = state
    .declaring()
    .flatMap((id) => state.capacities(id))
    .filter((it) => it.isShared && isSame(it, pool));
  return new Set(claims.map((it) => it.capacityBytes)).size === 1 ? claims[0] : undefined;
}

function module(
  { tier, backend }: Pick<Used, 'tier' | 'backend'>,
  bytes: number,
  capacity: Capacity | undefined,
): ModuleUsage {
  const capacityBytes = capacity?.capacityBytes ?? 0;
  return {
    tier,
    backend,
    shared: false,
    used_bytes: bytes,
    capacity_bytes: capacityBytes,
    usage_ratio: capacityBytes > 0 ? bytes / capacityBytes : null,
  };
}

type Place = Pick<Used, 'tier' | 'backend'>;

function isSame(a: Place, b: Place): boolean {
  return a.tier === b.tier && a.backend === b.backend;
}

function byPlace(a: Place, b: Place): number {
  return compare(a.tier, b.tier) || compare(a.backend, b.backend);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
