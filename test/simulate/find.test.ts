import { describe, expect, it } from 'vitest';
import { readRouting } from '../../src/config/routing-defaults.ts';
import { findEngines } from '../../src/simulate/find.ts';
import { parseObjective } from '../../src/simulate/result/objectives.ts';
import { policyCalled } from '../../src/simulate/routing/policies.ts';
import type { StudyPlan } from '../../src/simulate/study.ts';
import { conversationRows, fileOf } from './mooncake-file.ts';
import { fleetOf, requestsIn } from './scenes.ts';

/** So many requests at once that one engine makes them wait. */
const requests = requestsIn(fileOf(conversationRows(2, 60, 15)));

function plan(slo: string): StudyPlan {
  return {
    seeds: [1, 2, 3, 4, 5],
    objectives: [parseObjective(slo)],
    scene: { routing: readRouting({}), gateways: 1, events: [], eventLagMs: 0, eventLoss: 0 },
    fleetOf: ({ engines }) => fleetOf(engines!, '8b-h100'),
    workloadOf: () => Promise.resolve({ requests, concurrency: undefined, maxTokens: 64 }),
    signal: new AbortController().signal,
    onRequest: () => {},
  };
}

describe('the fewest engines', () => {
  it('keep the objective, and one less does not', async () => {
    const policy = await policyCalled('least-load', '.');
    const { found, rows } = await findEngines(plan('ttft.p95 < 100ms'), policy, { setting: {}, most: 16 });
    const p95Of = new Map(rows.map(({ setting, metrics }) => [setting['engines'], metrics['ttft.p95']!]));
    expect(found.value).toBeGreaterThan(1);
    expect(p95Of.get(found.value!)!.interval!.high).toBeLessThan(100);
    expect(p95Of.get(found.value! - 1)!.interval!.high).toBeGreaterThanOrEqual(100);
  });

  it('are none where not even the most keep it, and are tried once each', async () => {
    const policy = await policyCalled('least-load', '.');
    const { found, rows } = await findEngines(plan('ttft.p95 < 1ms'), policy, { setting: {}, most: 3 });
    expect(found).toEqual({ policy: 'least-load', value: null });
    expect(rows.map((it) => it.setting['engines'])).toEqual([1, 2, 3]);
  });
});
