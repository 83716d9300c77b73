import { describe, expect, it } from 'vitest';
import type { Cluster } from '../../../src/gateway/balance/cluster.ts';
import { rendezvous } from '../../../src/gateway/policies/rendezvous.ts';
import { clusterOf } from '../../helpers/clusters.ts';

const keys = Array.from({ length: 1_000 }, (_, index) => `session-${index}`);

describe('rendezvous hashing', () => {
  const placesOf = (cluster: Cluster) => keys.map((key) => rendezvous(cluster, key, 0)?.config.id);

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
