import { describe, expect, it } from 'vitest';
import { readRouting } from '../../src/config/routing-defaults.ts';
import { poissonPacer } from '../../src/load/pacer.ts';
import { findEngines, findRate, findTraceRate } from '../../src/simulate/find.ts';
import { foundChecks } from '../../src/simulate/result/judge.ts';
import { parseObjective } from '../../src/simulate/result/objectives.ts';
import { policyCalled } from '../../src/simulate/routing/policies.ts';
import type { SimulatedRow } from '../../src/simulate/result/result.ts';
import type { StudyPlan } from '../../src/simulate/study.ts';
import type { SimulatedRequest } from '../../src/simulate/workload/simulated-request.ts';
import { fileOf } from './mooncake-file.ts';
import { rateWhere, shareBeyond } from '../capacity/closed-forms.ts';
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
    expect(found).toEqual({ policy: 'least-load', value: null, failed: 3 });
    expect(foundChecks([found], { searched: 'engines', most: 3 })[0]!.outcome).toBe('fail');
    expect(rows.map((it) => it.setting['engines'])).toEqual([1, 2, 3]);
  });

  it('are not known where the seeds do not tell', async () => {
    const policy = await policyCalled('least-load', '.');
    const few = { ...plan('ttft.p95 < 1ms'), seeds: [1, 2] };
    const { found } = await findEngines(few, { policy, setting: {}, most: 2 });
    expect(found).toMatchObject({ value: null, isUndecided: true });
    expect(foundChecks([found], { searched: 'engines', most: 2 })[0]!.outcome).toBe('inconclusive');
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

/** One request at a time, each the same time: a queue whose limit is known. */
const SERVICE_MS = 12;
const [engine] = fleetOf(1, 'instant').engines;
const server = fleetOf(1, 'instant', {
  timing: { ...engine!.profile.timing, prefillMsPerToken: 1 },
  tier: null,
  maxNumSeqs: 1,
  blocks: 64,
});

function arrivals(rate: number, seed: number): SimulatedRequest[] {
  const pacer = poissonPacer(rate, seed);
  return Array.from({ length: 2_000 }, (_, index) => ({
    key: String(index).padStart(4, '0'),
    atMs: pacer(index)!,
    session: undefined,
    delayMs: 0,
    tokens: () =>
      Uint32Array.from({ length: SERVICE_MS }, (__, at) => (index * 131 + at) % 2 ** 31),
    outputTokens: 1,
  }));
}

describe('the highest rate', () => {
  const asked = { setting: {}, start: 10 };
  const planAt = (slo: string, signal = new AbortController().signal): StudyPlan => ({
    ...plan(slo),
    seeds: [1],
    fleetOf: () => server,
    workloadOf: ({ rate }, seed) =>
      Promise.resolve({ requests: arrivals(rate!, seed), concurrency: undefined, maxTokens: 1 }),
    signal,
  });

  it('lies where a queue of one server keeps the objective', async () => {
    const policy = await policyCalled('round-robin', '.');
    const { found, rows } = await findRate(planAt('ttft.p95 < 60ms'), { ...asked, policy });
    const beyond = (rate: number): number =>
      shareBeyond(rate, { servers: 1, serviceMs: SERVICE_MS, times: 60 / SERVICE_MS });
    const limit = rateWhere(beyond, 0.05, 1_000 / SERVICE_MS);
    expect(found.value! / limit).toBeGreaterThan(0.75);
    expect(found.value! / limit).toBeLessThan(1.02);
    expect(found.failed).toBeGreaterThan(found.value!);
    expect(rows.map(({ setting }) => setting['rate'])).toContain(found.value);
  });

  it('is none where even the lowest fails', async () => {
    const policy = await policyCalled('round-robin', '.');
    const { found } = await findRate(planAt('ttft.p95 < 5ms'), { ...asked, policy });
    expect(found).toMatchObject({ value: null });
  });

  it('is not told of a search that was stopped', async () => {
    const policy = await policyCalled('round-robin', '.');
    const { found, rows } = await findRate(planAt('ttft.p95 < 60ms', AbortSignal.abort()), {
      ...asked,
      policy,
    });
    expect(found).toMatchObject({ value: null, failed: null });
    expect(rows).toEqual([]);
  });
});

describe('the highest rate of a trace', () => {
  it('lies where a server is as fast as its arrivals, each rate asked once and as a whole', async () => {
    const policy = await policyCalled('round-robin', '.');
    const evenly = (rate: number): SimulatedRequest[] =>
      arrivals(1, 1)
        .slice(0, 400)
        .map((it, index) => ({ ...it, atMs: (index * 1_000) / rate }));
    const { found, rows } = await findTraceRate(
      {
        ...plan('ttft.p95 < 40ms'),
        fleetOf: () => server,
        workloadOf: ({ rate }) =>
          Promise.resolve({ requests: evenly(rate!), concurrency: undefined, maxTokens: 1 }),
      },
      { policy, setting: {}, start: 10 },
    );
    const limit = 1_000 / SERVICE_MS;
    expect(found.value! / limit).toBeGreaterThan(0.96);
    expect(found.value! / limit).toBeLessThan(1.01);
    expect(found.failed! / found.value!).toBeLessThanOrEqual(1.03);
    const asked = rows.map(({ setting }) => setting['rate']);
    expect(new Set(asked).size).toBe(asked.length);
    expect(rows.map(({ metrics }) => metrics['requests']!.mean)).toEqual(asked.map(() => 400));
  });
});
