import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/random.ts';
import { createBalancer } from '../../../src/gateway/balance/lb-policies.ts';
import { createCluster } from '../../../src/gateway/balance/cluster.ts';
import { Selector } from '../../../src/gateway/proxy/selector.ts';
import { gatewayConfig } from '../../helpers/gateway.ts';

function cluster(ids: string[], fallback = false) {
  const endpoints = ids.map((id) => ({ id, port: 1, llm: `fallback: ${fallback}` }));
  return createCluster(gatewayConfig({ endpoints }).clusters[0]!);
}

function setUp(ids: string[], fallback = false) {
  const group = cluster(ids, fallback);
  const balancer = createBalancer(group, createRandom(1));
  const selector = () =>
    new Selector({ cluster: group, balancer, hashKey: () => '', nowMs: () => 1_000 });
  return { group, selector };
}

const idOf = (endpoint: { config: { id: string } } | undefined) => endpoint?.config.id;

describe('the hint', () => {
  it('beats the policy and leaves its cursor alone', () => {
    const { selector } = setUp(['a', 'b', 'c']);
    expect(idOf(selector().first('c'))).toBe('c');
    expect(idOf(selector().first(undefined))).toBe('a');
  });

  it.each(['unhealthy', 'cooling', 'unknown'])('is not followed when %s', (why) => {
    const { group, selector } = setUp(['a', 'b']);
    if (why === 'unhealthy') group.byId.get('b')!.isHealthy = false;
    if (why === 'cooling') group.byId.get('b')!.coolingUntilMs = 2_000;
    expect(idOf(selector().first(why === 'unknown' ? 'z' : 'b'))).toBe('a');
  });
});

describe('when all cool down', () => {
  it('takes the one closest to recovery', () => {
    const { group, selector } = setUp(['a', 'b']);
    group.byId.get('a')!.coolingUntilMs = 3_000;
    group.byId.get('b')!.coolingUntilMs = 2_000;
    expect(idOf(selector().first(undefined))).toBe('b');
  });

  it('takes none that its checks call unhealthy', () => {
    const { group, selector } = setUp(['a']);
    group.byId.get('a')!.isHealthy = false;
    expect(selector().first(undefined)).toBeUndefined();
  });
});

describe('fallback', () => {
  it('goes to one that cools down only where nobody else would answer', () => {
    const { group, selector } = setUp(['a', 'b'], true);
    group.byId.get('b')!.coolingUntilMs = 2_000;
    const one = selector();
    const first = one.first(undefined)!;
    expect(one.next(first, { isSent: true, isLastResort: false })).toBeUndefined();
    expect(idOf(one.next(first, { isSent: true, isLastResort: true }))).toBe('b');
    expect(one.next(first, { isSent: true, isLastResort: true })).toBeUndefined();
  });

  it('needs permission once the engine has seen the request', () => {
    const { selector } = setUp(['a', 'b']);
    const one = selector();
    const first = one.first(undefined)!;
    expect(one.next(first, { isSent: true, isLastResort: false })).toBeUndefined();
    expect(idOf(one.next(first, { isSent: false, isLastResort: false }))).toBe('b');
  });

  it('visits everyone once', () => {
    const { selector } = setUp(['a', 'b', 'c'], true);
    const one = selector();
    const visited = [one.first('b')!];
    for (let next = one.next(visited[0]!, { isSent: true, isLastResort: false }); next;) {
      visited.push(next);
      next = one.next(next, { isSent: true, isLastResort: false });
    }
    expect(visited.map(idOf)).toEqual(['b', 'c', 'a']);
  });
});
