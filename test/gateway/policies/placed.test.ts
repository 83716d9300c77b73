import { describe, expect, it } from 'vitest';
import type { Cluster } from '../../../src/gateway/balance/cluster.ts';
import type { RouteDecision } from '../../../src/gateway/listener/context.ts';
import type { PolicyTools } from '../../../src/gateway/policies/policy.ts';
import { POLICIES } from '../../../src/gateway/policies/table.ts';
import { Turns } from '../../../src/gateway/policies/turns.ts';
import { clusterOf } from '../../helpers/clusters.ts';

/** A request of one session, or of none. */
function decide(
  policy: 'session' | 'bounded-hash',
  cluster: Cluster,
  id: string | undefined,
  hashLoadMax = 1.25,
): RouteDecision {
  const tools = { nowMs: () => 0, turns: new Turns(), sessionHeader: 'x-s', hashLoadMax };
  const headers = id === undefined ? {} : { 'x-s': id };
  const request = { cluster, body: Buffer.alloc(0), path: '/v1/completions', headers };
  const reading = { indexed: undefined, absence: 'no-prompt' } as const;
  return POLICIES[policy].decide(request, reading, tools as PolicyTools) as RouteDecision;
}

const sessions = Array.from({ length: 300 }, (_, index) => `s${index}`);

describe('policy session', () => {
  it('keeps a session at its endpoint, whatever the load', () => {
    const cluster = clusterOf(3);
    const before = sessions.map((id) => decide('session', cluster, id).endpointId);
    expect(new Set(before).size).toBe(3);
    cluster.endpoints[0]!.inFlight = 99;
    expect(sessions.map((id) => decide('session', cluster, id).endpointId)).toEqual(before);
    expect(decide('session', cluster, 's0')).toMatchObject({
      policy: 'session',
      reason: 'session',
    });
  });

  it('moves only the sessions of an endpoint that is down', () => {
    const cluster = clusterOf(3);
    const before = sessions.map((id) => decide('session', cluster, id).endpointId);
    cluster.endpoints[1]!.isHealthy = false;
    for (const [index, id] of sessions.entries()) {
      const { endpointId } = decide('session', cluster, id);
      if (before[index] === 'e1') expect(endpointId).not.toBe('e1');
      else expect(endpointId).toBe(before[index]);
    }
  });

  it('sends what has no session to the least loaded', () => {
    const cluster = clusterOf(3);
    for (const [index, load] of [4, 3, 5].entries()) cluster.endpoints[index]!.inFlight = load;
    const decision = decide('session', cluster, undefined);
    expect(decision).toMatchObject({ reason: 'policy', endpointId: 'e1' });
  });
});

describe('policy bounded-hash', () => {
  /** Places requests of one key, all of which stay. */
  const place = (cluster: Cluster, count: number, hashLoadMax?: number) =>
    Array.from({ length: count }, () => {
      const { endpointId } = decide('bounded-hash', cluster, 'hot', hashLoadMax);
      cluster.byId.get(endpointId!)!.inFlight++;
      return endpointId!;
    });

  it('hands on what is more than its share to the next in order', () => {
    const places = place(clusterOf(4), 7);
    const [first, second, third] = places;
    expect(new Set([first, second, third]).size).toBe(3);
    // ⌈1.25 m ÷ 4⌉ is 1 for m = 1 to 3, 2 for 4 to 6, 3 for 7.
    expect(places).toEqual([first, second, third, first, second, third, first]);
  });

  it.each([1, 1.25, 2])('never gives an endpoint more than %d times the mean', (hashLoadMax) => {
    const cluster = clusterOf(5);
    for (let placed = 1; placed <= 200; placed++) {
      place(cluster, 1, hashLoadMax);
      const most = Math.max(...cluster.endpoints.map(({ inFlight }) => inFlight));
      expect(most).toBeLessThanOrEqual(Math.ceil((hashLoadMax * placed) / 5));
    }
  });

  it('is consistent hashing while nothing is loaded', () => {
    const cluster = clusterOf(4);
    for (const id of sessions) {
      const { endpointId } = decide('bounded-hash', cluster, id);
      expect(endpointId).toBe(decide('session', cluster, id).endpointId);
    }
  });

  it('shares among those that are up, and says why it chooses nobody', () => {
    const cluster = clusterOf(2);
    cluster.endpoints[0]!.isHealthy = false;
    expect(new Set(place(cluster, 5))).toEqual(new Set(['e1']));
    cluster.endpoints[1]!.isHealthy = false;
    expect(decide('bounded-hash', cluster, 'hot').endpointId).toBeUndefined();
    expect(decide('bounded-hash', cluster, undefined).reason).toBe('no-prompt');
  });
});
