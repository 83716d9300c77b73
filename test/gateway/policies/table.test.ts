import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import type { Cluster } from '../../../src/gateway/balance/cluster.ts';
import type { RouteDecision } from '../../../src/gateway/listener/context.ts';
import type { PolicyTools } from '../../../src/gateway/policies/policy.ts';
import { POLICIES } from '../../../src/gateway/policies/table.ts';
import { Turns } from '../../../src/gateway/policies/turns.ts';
import { clusterOf } from '../../helpers/clusters.ts';

const BLIND = ['least-load', 'round-robin', 'random'] as const;
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

  it.each(BLIND)('%s skips what is down, and chooses nothing when all are', (policy) => {
    const cluster = clusterOf(2);
    const choose = chooser(policy, cluster);
    cluster.endpoints[0]!.isHealthy = false;
    expect(choose()).toBe('e1');
    cluster.endpoints[1]!.coolingUntilMs = 5;
    expect(choose()).toBeUndefined();
  });
});
