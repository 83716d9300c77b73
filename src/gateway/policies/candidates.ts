import type { Holding } from '../../protocol/lmcache.ts';
import { type Cluster, type Endpoint, isAvailable } from '../balance/cluster.ts';
import type { Candidate } from './choose.ts';

/** All of a cluster's endpoints with what a layout says they hold. */
export function candidatesOf(
  cluster: Cluster,
  holdings: readonly Holding[],
  nowMs: number,
): Candidate[] {
  const matched = matchedTokensOf(holdings);
  return cluster.endpoints.map((endpoint) =>
    candidate(endpoint, matched(endpoint.config.id), nowMs),
  );
}

/**
 * The candidates that the choice can depend on: those the layout names and, of all the others, the
 * one with the least load. A layout names few endpoints, however many the cluster has.
 */
export function contendersOf(
  cluster: Cluster,
  holdings: readonly Holding[],
  nowMs: number,
): Candidate[] {
  const matched = matchedTokensOf(holdings);
  const contenders: Candidate[] = [];
  let idlest: Endpoint | undefined;
  for (const endpoint of cluster.endpoints) {
    const tokens = matched(endpoint.config.id);
    if (tokens !== undefined) contenders.push(candidate(endpoint, tokens, nowMs));
    else if (isAvailable(endpoint, nowMs) && (!idlest || isIdler(endpoint, idlest))) {
      idlest = endpoint;
    }
  }
  if (idlest) contenders.push(candidate(idlest, undefined, nowMs));
  return contenders;
}

/** Of equals the smaller id, as in the choice. */
function isIdler(a: Endpoint, b: Endpoint): boolean {
  return a.inFlight < b.inFlight || (a.inFlight === b.inFlight && a.config.id < b.config.id);
}

function candidate(
  endpoint: Endpoint,
  matchedTokens: number | undefined,
  nowMs: number,
): Candidate {
  return {
    endpointId: endpoint.config.id,
    isAvailable: isAvailable(endpoint, nowMs),
    inFlight: endpoint.inFlight,
    matchedTokens: matchedTokens ?? 0,
  };
}

/** Up to here, looking through a list costs less than making a map. */
const SHORT_LIST = 8;

function matchedTokensOf(holdings: readonly Holding[]): (id: string) => number | undefined {
  if (holdings.length <= SHORT_LIST) {
    return (id) => worthOf(holdings.findLast((it) => it.instanceId === id));
  }
  const matched = new Map(holdings.map((it) => [it.instanceId, worthOf(it)]));
  return (id) => matched.get(id);
}

function worthOf(holding: Holding | undefined): number | undefined {
  return holding?.worthTokens ?? holding?.matchedTokens;
}
