import { describe, expect, it } from 'vitest';
import { readRouting } from '../../src/config/routing-defaults.ts';
import { policyCalled } from '../../src/simulate/routing/policies.ts';
import { simulateRow } from '../../src/simulate/study.ts';
import { conversationRows, fileOf } from './mooncake-file.ts';
import { fleetOf, requestsIn } from './scenes.ts';

const requests = requestsIn(fileOf(conversationRows(3, 40)));

/** A row that is stopped after so many requests. */
async function rowStoppedAfter(count: number) {
  const stop = new AbortController();
  let ended = 0;
  const plan = {
    seeds: [1, 2, 3],
    objectives: [],
    scene: { routing: readRouting({}), gateways: 1, events: [], eventLagMs: 0, eventLoss: 0 },
    fleetOf: () => fleetOf(2, '8b-h100'),
    workloadOf: () => Promise.resolve({ requests, concurrency: undefined, maxTokens: 8 }),
    signal: stop.signal,
    onRequest: () => ++ended === count && stop.abort(),
  };
  return simulateRow(plan, await policyCalled('prefix', '.'), {});
}

describe('a row that is stopped', () => {
  it('tells of the seeds that are done', async () => {
    const [whole, stopped] = [await rowStoppedAfter(Infinity), await rowStoppedAfter(100)];
    expect(whole).toMatchObject({ seeds: 3, metrics: { requests: { mean: 40 } } });
    expect(stopped).toMatchObject({ seeds: 2, metrics: { requests: { mean: 40 } } });
  });

  it('tells of the requests of its first seed, and says that it is no whole one', async () => {
    const row = await rowStoppedAfter(15);
    expect(row).toMatchObject({ seeds: 0, metrics: { 'ttft.p50': { interval: null } } });
    expect(row!.metrics['requests']!.mean).toBeGreaterThanOrEqual(15);
    expect(row!.metrics['requests']!.mean).toBeLessThan(40);
  });
});
