import { describe, expect, it } from 'vitest';
import { readRouting } from '../../src/config/routing-defaults.ts';
import { findEngines } from '../../src/simulate/find.ts';
import { parseObjective } from '../../src/simulate/result/objectives.ts';
import { policyCalled } from '../../src/simulate/routing/policies.ts';
import type { SimulatedRow } from '../../src/simulate/result/result.ts';
import type { StudyPlan } from '../../src/simulate/study.ts';
import { fileOf } from './mooncake-file.ts';
import { fleetOf, requestsIn } from './scenes.ts';

/** So many at once that one engine makes them wait; with nothing in common, or more engines would hit less. */
const requests = requestsIn(
  fileOf(
    Array.from({ length: 60 }, (_, index) => ({
      timestamp: index * 15,
      input_length: 700 + index,
      output_length: 4,
      hash_ids: [],
    })),
  ),
);

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
  it('are none where not even the most keep the objective, and are tried once each', async () => {
    const policy = await policyCalled('least-load', '.');
    const tried = { policy, setting: {}, most: 3 };
    const { found, rows } = await findEngines(plan('ttft.p95 < 1ms'), tried);
    expect(found).toEqual({ policy: 'least-load', value: null });
    expect(rows.map((it) => it.setting['engines'])).toEqual([1, 2, 3]);
  });

  it('keep the objective, and one less does not', async () => {
    const policy = await policyCalled('least-load', '.');
    const p95Of = ({ metrics }: SimulatedRow): number => metrics['ttft.p95']!.interval!.high;
    const all = await findEngines(plan('ttft.p95 < 1ms'), { policy, setting: {}, most: 8 });
    const boundMs = Math.round((p95Of(all.rows[0]!) + p95Of(all.rows.at(-1)!)) / 2);
    const { found, rows } = await findEngines(plan(`ttft.p95 < ${boundMs}ms`), {
      policy,
      setting: {},
      most: 8,
    });
    const at = (engines: number) =>
      p95Of(rows.find(({ setting }) => setting['engines'] === engines)!);
    expect(found.value).toBeGreaterThan(1);
    expect(at(found.value!)).toBeLessThan(boundMs);
    expect(at(found.value! - 1)).toBeGreaterThanOrEqual(boundMs);
  });
});
