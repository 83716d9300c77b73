import { hash32 } from '../../base/random.ts';
import { type Cluster, type Endpoint, isAvailable } from '../balance/cluster.ts';

/**
 * Highest random weight (rendezvous) hashing: each key has its own order of endpoints and takes the
 * first available one, so an endpoint that goes away moves only its own keys, and comes back to them.
 */
export function rendezvous(cluster: Cluster, key: string, nowMs: number): Endpoint | undefined {
  return rendezvousAmong(cluster.endpoints, key, (endpoint) => isAvailable(endpoint, nowMs));
}

/** The first in the key's order that is a candidate. */
export function rendezvousAmong(
  endpoints: readonly Endpoint[],
  key: string,
  isCandidate: (endpoint: Endpoint) => boolean,
): Endpoint | undefined {
  let chosen: Endpoint | undefined;
  let highest = -1;
  const keyHash = hash32(key);
  for (const endpoint of endpoints) {
    if (!isCandidate(endpoint)) continue;
    const weight = hash32(endpoint.config.id, keyHash);
    const wins = weight > highest || (weight === highest && endpoint.config.id < chosen!.config.id);
    if (!wins) continue;
    chosen = endpoint;
    highest = weight;
  }
  return chosen;
}
