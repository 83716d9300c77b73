import { describe, expect, it } from 'vitest';
import { createCluster } from '../../../src/gateway/balance/cluster.ts';
import { BlindPolicies } from '../../../src/gateway/policies/least-load.ts';
import { rendezvous } from '../../../src/gateway/policies/rendezvous.ts';

const clusterOf = (count: number) =>
  createCluster({
    name: 'llm',
    lbPolicy: 'Rand',
    consistent: { replicaNum: 1, maxVnodeNum: 1, maglevTableSize: 1 },
    healthCheck: undefined,
    endpoints: Array.from({ length: count }, (_, index) => ({
      id: `e${index}`,
      name: '',
      host: '127.0.0.1',
      port: 1 + index,
      weight: 1,
      llm: {
        provider: '',
        apiKey: '',
        fallback: false,
        cooldownMs: 0,
        retry: { name: 'NoRetry' as const },
      },
    })),
  });

const keys = Array.from({ length: 1_000 }, (_, index) => `session-${index}`);

describe('blind policies', () => {
  const idsOf = (policy: 'least-load' | 'round-robin' | 'random', count: number) => {
    const cluster = clusterOf(3);
    const policies = new BlindPolicies(() => 0, 7);
    return Array.from({ length: count }, () => policies.choose(policy, cluster)?.config.id);
  };

  it('take turns', () => {
    expect(idsOf('round-robin', 4)).toEqual(['e0', 'e1', 'e2', 'e0']);
  });

  it('spread an idle cluster by turns and a busy one by load', () => {
    expect(idsOf('least-load', 3)).toEqual(['e0', 'e1', 'e2']);
    const cluster = clusterOf(3);
    cluster.endpoints[0]!.inFlight = 2;
    cluster.endpoints[2]!.inFlight = 1;
    const policies = new BlindPolicies(() => 0, 7);
    for (let request = 0; request < 5; request++) {
      expect(policies.choose('least-load', cluster)?.config.id).toBe('e1');
    }
  });

  it('draw the same lots from the same seed, all endpoints alike', () => {
    expect(idsOf('random', 50)).toEqual(idsOf('random', 50));
    for (const id of ['e0', 'e1', 'e2']) {
      const share = idsOf('random', 3_000).filter((it) => it === id).length / 3_000;
      expect(share).toBeGreaterThan(0.3);
      expect(share).toBeLessThan(0.37);
    }
  });

  it('skip what is down, and choose nothing when all are', () => {
    const cluster = clusterOf(2);
    cluster.endpoints[0]!.isHealthy = false;
    const policies = new BlindPolicies(() => 0, 7);
    for (const policy of ['least-load', 'round-robin', 'random'] as const) {
      expect(policies.choose(policy, cluster)?.config.id).toBe('e1');
    }
    cluster.endpoints[1]!.coolingUntilMs = 5;
    expect(policies.choose('round-robin', cluster)).toBeUndefined();
  });
});

describe('rendezvous hashing', () => {
  const placesOf = (cluster: ReturnType<typeof clusterOf>) =>
    keys.map((key) => rendezvous(cluster, key, 0)?.config.id);

  it('spreads keys over all endpoints', () => {
    const places = placesOf(clusterOf(4));
    for (const id of ['e0', 'e1', 'e2', 'e3']) {
      const count = places.filter((it) => it === id).length;
      expect(count).toBeGreaterThan(180);
      expect(count).toBeLessThan(320);
    }
  });

  it('moves only the keys of an endpoint that goes away', () => {
    const cluster = clusterOf(4);
    const before = placesOf(cluster);
    cluster.endpoints[2]!.isHealthy = false;
    const after = placesOf(cluster);
    expect(after.filter((id, index) => id !== before[index]).length).toBe(
      before.filter((id) => id === 'e2').length,
    );
    cluster.endpoints[2]!.isHealthy = true;
    expect(placesOf(cluster)).toEqual(before);
  });
});
