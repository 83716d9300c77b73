import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import type { Cluster } from '../../../src/gateway/balance/cluster.ts';
import type { RouteDecision } from '../../../src/gateway/listener/context.ts';
import type { PolicyTools } from '../../../src/gateway/policies/policy.ts';
import { POLICIES } from '../../../src/gateway/policies/table.ts';
import { Turns } from '../../../src/gateway/policies/turns.ts';
import { clusterOf } from '../../helpers/clusters.ts';

const BLIND = ['least-load', 'round-robin', 'random', 'power-of-two'] as const;
type Blind = (typeof BLIND)[number];

/** Chooses among one cluster's endpoints, time after time. */
function chooser(policy: Blind, cluster: Cluster): () => string | undefined {
  const tools = { nowMs: () => 0, random: createRandom(7), turns: new Turns() } as PolicyTools;
  const request = { cluster, body: Buffer.alloc(0), path: '/v1/completions', headers: {} };
  const reading = { indexed: undefined, absence: 'no-prompt' } as const;
  return () => (POLICIES[policy].decide(request, reading, tools) as RouteDecision).endpointId;
}

const idsOf = (policy: Blind, count: number, cluster = clusterOf(3)) =>
  Array.from({ length: count }, chooser(policy, cluster));

describe('policies that look at nothing but the endpoints', () => {
  it('take turns', () => {
    expect(idsOf('round-robin', 4)).toEqual(['e0', 'e1', 'e2', 'e0']);
  });

  it('spread an idle cluster by turns and a busy one by load', () => {
    expect(idsOf('least-load', 3)).toEqual(['e0', 'e1', 'e2']);
    const cluster = clusterOf(3);
    cluster.endpoints[0]!.inFlight = 2;
    cluster.endpoints[2]!.inFlight = 1;
    expect(new Set(idsOf('least-load', 5, cluster))).toEqual(new Set(['e1']));
  });

  it('draw the same lots from the same seed, all endpoints alike', () => {
    expect(idsOf('random', 50)).toEqual(idsOf('random', 50));
    const drawn = idsOf('random', 3_000);
    for (const id of ['e0', 'e1', 'e2']) {
      const share = drawn.filter((it) => it === id).length / drawn.length;
      expect(share).toBeGreaterThan(0.3);
      expect(share).toBeLessThan(0.37);
    }
  });

  it('take the less loaded of two that are drawn', () => {
    expect(idsOf('power-of-two', 50)).toEqual(idsOf('power-of-two', 50));
    const cluster = clusterOf(4);
    for (const [index, endpoint] of cluster.endpoints.entries()) endpoint.inFlight = index;
    const drawn = idsOf('power-of-two', 6_000, cluster);
    // Of 6 pairs, e0 is the lesser in 3, e1 in 2, e2 in 1, e3 in none.
    const shares = ['e0', 'e1', 'e2', 'e3'].map(
      (id) => drawn.filter((it) => it === id).length / drawn.length,
    );
    for (const [index, share] of [3 / 6, 2 / 6, 1 / 6, 0].entries()) {
      expect(Math.abs(shares[index]! - share)).toBeLessThan(0.03);
    }
    expect(shares[3]).toBe(0);
  });

  it.each(BLIND)('%s skips what is down, and chooses nothing when all are', (policy) => {
    const cluster = clusterOf(2);
    const choose = chooser(policy, cluster);
    cluster.endpoints[0]!.isHealthy = false;
    expect(choose()).toBe('e1');
    cluster.endpoints[1]!.coolingUntilMs = 5;
    expect(choose()).toBeUndefined();
  });
});
