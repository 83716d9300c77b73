import type { Balancer } from '../balance/policy.ts';
import { type Cluster, type Endpoint, isAvailable } from '../cluster.ts';

/** Why a request leaves an endpoint. */
export interface Departure {
  /** False when no byte of the request reached the endpoint. */
  isSent: boolean;
}

/** Which endpoint a request goes to, and where it goes from there. */
export interface Selector {
  /** Undefined: no endpoint may serve this request now. */
  first(hintedId: string | undefined): Endpoint | undefined;
  /** Where to after `from` failed; undefined: nowhere. */
  next(from: Endpoint, departure: Departure): Endpoint | undefined;
}

export interface SelectorInput {
  cluster: Cluster;
  balancer: Balancer;
  hashKey: () => string;
  nowMs: () => number;
}

/**
 * The hint if it can be followed, else the cluster's policy; never an endpoint twice. A request no
 * engine has seen may always move on; one that was sent moves only where `fallback` allows it.
 * When every healthy endpoint is cooling down, the one closest to recovery is tried: refusing all
 * requests helps nobody.
 */
export function fixedSelector(input: SelectorInput): Selector {
  const { cluster, balancer, hashKey, nowMs } = input;
  const tried = new Set<Endpoint>();
  const isCandidate = (it: Endpoint): boolean => !tried.has(it) && isAvailable(it, nowMs());
  const use = (endpoint: Endpoint | undefined): Endpoint | undefined => {
    if (endpoint) tried.add(endpoint);
    return endpoint;
  };
  return {
    first(hintedId) {
      const hinted = hintedId === undefined ? undefined : cluster.byId.get(hintedId);
      if (hinted && isCandidate(hinted)) return use(hinted);
      return use(balancer.pick(isCandidate, hashKey) ?? soonestRecovered(cluster));
    },
    next(from, departure) {
      if (departure.isSent && !from.config.llm.fallback) return undefined;
      return use(following(cluster, from, isCandidate));
    },
  };
}

function soonestRecovered(cluster: Cluster): Endpoint | undefined {
  return cluster.endpoints
    .filter((it) => it.isHealthy)
    .reduce<Endpoint | undefined>(
      (best, it) => (best && best.coolingUntilMs <= it.coolingUntilMs ? best : it),
      undefined,
    );
}

/** The next candidate in list order, going round. */
function following(
  cluster: Cluster,
  from: Endpoint,
  isCandidate: (endpoint: Endpoint) => boolean,
): Endpoint | undefined {
  const { endpoints } = cluster;
  const start = endpoints.indexOf(from);
  for (let step = 1; step < endpoints.length; step++) {
    const endpoint = endpoints[(start + step) % endpoints.length]!;
    if (isCandidate(endpoint)) return endpoint;
  }
  return undefined;
}

/**
 * As Pixiu does: the policy picks before the hint overrides it, so its cursor moves either way; a
 * cooling endpoint without `fallback` ends the request although others are well; fallback goes
 * forward in the list only, so the last endpoint has none.
 */
export function strictSelector(input: SelectorInput): Selector {
  const { cluster, balancer, hashKey, nowMs } = input;
  const forward = (from: Endpoint): Endpoint | undefined => {
    if (!from.config.llm.fallback) return undefined;
    const start = cluster.endpoints.indexOf(from) + 1;
    return cluster.endpoints.slice(start).find((it) => isAvailable(it, nowMs()));
  };
  return {
    first(hintedId) {
      const picked = balancer.pick((it) => it.isHealthy, hashKey);
      const hinted = hintedId === undefined ? undefined : cluster.byId.get(hintedId);
      const endpoint = hinted?.isHealthy ? hinted : picked;
      if (!endpoint || endpoint.coolingUntilMs <= nowMs()) return endpoint;
      return forward(endpoint);
    },
    next: (from) => forward(from),
  };
}
