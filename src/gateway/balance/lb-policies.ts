import type { Random } from '../../base/random.ts';
import type { LbPolicy } from '../../config/gateway-config.ts';
import type { Cluster, Endpoint } from './cluster.ts';
import type { Balancer } from './balancer.ts';
import { HashRing } from './hash-ring.ts';
import { MaglevTable } from './maglev.ts';

export function createBalancer(cluster: Cluster, random: Random): Balancer {
  const { endpoints, config } = cluster;
  const factories: Record<LbPolicy, () => Balancer> = {
    Rand: () => randomBalancer(endpoints, random),
    RoundRobin: () => roundRobinBalancer(endpoints),
    RingHashing: () => new HashRing(endpoints, config.consistent.replicaNum),
    MaglevHashing: () => new MaglevTable(endpoints, config.consistent.maglevTableSize),
    WeightRandom: () => weightedBalancer(endpoints, random),
  };
  return factories[config.lbPolicy]();
}

function randomBalancer(endpoints: readonly Endpoint[], random: Random): Balancer {
  return {
    pick(isCandidate) {
      const candidates = endpoints.filter(isCandidate);
      return candidates[random.int(candidates.length)];
    },
  };
}

function roundRobinBalancer(endpoints: readonly Endpoint[]): Balancer {
  let cursor = 0;
  return {
    pick(isCandidate) {
      for (let step = 0; step < endpoints.length; step++) {
        const index = (cursor + step) % endpoints.length;
        const endpoint = endpoints[index]!;
        if (!isCandidate(endpoint)) continue;
        cursor = (index + 1) % endpoints.length;
        return endpoint;
      }
      return undefined;
    },
  };
}

function weightedBalancer(endpoints: readonly Endpoint[], random: Random): Balancer {
  return {
    pick(isCandidate) {
      const candidates = endpoints.filter((it) => isCandidate(it) && it.config.weight > 0);
      let left = random.next() * candidates.reduce((sum, it) => sum + it.config.weight, 0);
      for (const endpoint of candidates) {
        left -= endpoint.config.weight;
        if (left < 0) return endpoint;
      }
      return candidates.at(-1);
    },
  };
}
