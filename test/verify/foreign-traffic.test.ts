import { describe, expect, it } from 'vitest';
import { counterAgreements } from '../../src/verify/evidence/counter-agreement.ts';
import { counterDelta } from '../../src/target/counters.ts';
import { kindOfPage } from '../../src/target/engines/kinds.ts';
import { MetricPage } from '../../src/target/engines/metric-page.ts';
import { judgeTraffic } from '../../src/verify/evidence/foreign-traffic.ts';
import { engineTarget } from '../../src/target/targets.ts';
import { parseMetrics } from '../../src/protocol/prometheus.ts';
import { observations } from './observations.ts';

const text = (requests: number, hits: number): string => `
vllm:request_success_total{engine="0",finished_reason="stop"} ${requests - 1}
vllm:request_success_total{engine="0",finished_reason="length"} 1
vllm:prefix_cache_hits_total{engine="0"} ${hits}
`;

function counters(requests: number, hits: number) {
  const page = new MetricPage(parseMetrics(text(requests, hits)));
  return kindOfPage(page).count(page);
}

function snapshot(requests: number, upstream: number) {
  return {
    engines: { 'engine-a': counters(requests, 16 * requests) },
    upstream: { '127.0.0.1:1': upstream },
  };
}

function codes(before: [number, number], after: [number, number], own = 10): string[] {
  const delta = counterDelta(snapshot(...before), snapshot(...after));
  const block = {
    arm: 'C' as const,
    round: 0,
    primes: { 'engine-a': 5 },
    ownRequests: own,
    ownThroughGateway: 5,
    delta,
  };
  return judgeTraffic([block]).map((it) => it.code);
}

describe('agreement of counters with claims', () => {
  const engines = [engineTarget('engine-a', 'http://127.0.0.1:1')];

  it('subtracts the primes, and counts what both sides say', () => {
    const delta = counterDelta(snapshot(100, 50), snapshot(109, 54));
    const count = {
      arm: 'C' as const,
      round: 0,
      primes: { 'engine-a': 5 },
      ownRequests: 10,
      ownThroughGateway: 5,
      delta,
    };
    const run = { observations: observations(5), counts: [count], engines };
    expect(counterAgreements(run)).toEqual([
      { a: 'header', b: 'gateway-counter', compared: 5, agreed: 4 },
      { a: 'header', b: 'engine-counter', compared: 5, agreed: 4 },
    ]);
  });
});

describe('counters of a block', () => {
  it('sum over all series of an engine; what it lacks is unknown', () => {
    expect(counters(7, 32)).toEqual({
      requests: 7,
      promptTokens: null,
      prefixQueries: null,
      prefixHits: 32,
      externalQueries: null,
      externalHits: null,
      hitsBySource: null,
    });
  });

  it('are fine when they add up to our own requests, or lag behind', () => {
    expect(codes([100, 50], [110, 55])).toEqual([]);
    expect(codes([100, 50], [108, 54])).toEqual([]);
  });

  it('tell foreign traffic at the engines and at the gateway', () => {
    expect(codes([100, 50], [111, 55])).toEqual(['foreign-traffic']);
    expect(codes([100, 50], [110, 56])).toEqual(['foreign-traffic']);
  });

  it('tell a restart, and do not take it for foreign traffic', () => {
    expect(codes([100, 50], [4, 55])).toEqual(['counter-reset']);
  });

  it('count an address from 0 when it appears in the block', () => {
    const before = { engines: {}, upstream: null };
    const after = { engines: {}, upstream: { 'a:1': 3 } };
    expect(counterDelta(before, after).upstream).toEqual({ 'a:1': 3 });
  });
});
