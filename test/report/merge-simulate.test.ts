import { describe, expect, it } from 'vitest';
import { simulateReport } from '../../src/report/build-simulate.ts';
import { mergeSimulations } from '../../src/report/merge-simulate.ts';
import { NO_SAMPLE } from '../../src/report/model.ts';
import type { SimulatedRow, StudyPart } from '../../src/simulate/result/result.ts';

const SETTINGS = [{ engines: 1 }, { engines: 2 }];
const POLICIES = ['prefix', 'oracle', 'random'];

/** Its time to the first token tells which it is. */
const rowOf = (at: number): SimulatedRow => {
  const mean = 100 * at + 50;
  return {
    policy: POLICIES[at % 3]!,
    setting: SETTINGS[Math.floor(at / 3)]!,
    metrics: {
      'ttft.p95': { mean, interval: { low: mean - 1, high: mean + 1, confidence: 0.95 } },
    },
    failures: {},
    busiestEngine: null,
    seeds: 5,
  };
};

function shardOf(
  shard: number,
  { more = {}, isPartial = false }: { more?: Partial<StudyPart>; isPartial?: boolean } = {},
) {
  const rows = [0, 1, 2, 3, 4, 5].filter((at) => at % 4 === shard).map(rowOf);
  const plan = { of: 4, policies: POLICIES, settings: SETTINGS, seeds: [1, 2, 3, 4, 5] };
  return simulateReport({
    version: '0',
    outcome: 'pass',
    exitCode: 0,
    isPartial,
    startedAt: `2026-01-0${4 - shard}T00:00:00Z`,
    durationMs: 10 * shard,
    seed: 1,
    comparable: { rate: 3 },
    checks: [],
    samples: isPartial ? [] : [{ ...NO_SAMPLE, id: 'a', arm: POLICIES[shard % 3]! }],
    result: {
      workload: 'w',
      fleet: 'f',
      gateways: 1,
      objectives: ['ttft.p95 < 120ms'],
      searched: null,
      rows: isPartial ? [] : rows,
      found: [],
      part: { shard, ...plan, ...more },
    },
  });
}

const merged = (...shards: ReturnType<typeof shardOf>[]) =>
  mergeSimulations(
    shards,
    shards.map((_, at) => `shard-${at}`),
    (outcome) => ['pass', 'fail', 'inconclusive'].indexOf(outcome),
  );

describe('shards of a simulation', () => {
  it('come to the rows of the whole in their order, judged together', () => {
    const whole = merged(shardOf(2), shardOf(0), shardOf(3), shardOf(1));
    expect(whole.result.rows).toEqual([0, 1, 2, 3, 4, 5].map(rowOf));
    expect(whole.result).not.toHaveProperty('part');
    const arms = ['prefix', 'prefix', 'oracle', 'random'];
    expect(whole.samples.map(({ arm }) => arm)).toEqual(arms);
    expect(whole).toMatchObject({
      outcome: 'pass',
      exitCode: 0,
      durationMs: 30,
      startedAt: '2026-01-01T00:00:00Z',
      checks: [{ id: 'objectives', actual: 'engines 1, prefix' }],
    });
  });

  it('are partial and no pass where one was cut short, whose rows are missing', () => {
    const whole = merged(shardOf(0), shardOf(1), shardOf(2), shardOf(3, { isPartial: true }));
    expect(whole).toMatchObject({ isPartial: true, outcome: 'inconclusive', exitCode: 2 });
    expect(whole.result.rows).toEqual([0, 1, 2, 4, 5].map(rowOf));
  });

  it('are refused where some are missing, one is there twice, or they are parts of different plans', () => {
    const all = [0, 1, 2, 3].map((it) => shardOf(it));
    const a = all[0]!;
    for (const [shards, code] of [
      [all.slice(0, 3), 'MERGE_INCOMPLETE'],
      [[...all, a], 'MERGE_TWICE'],
      [[...all.slice(1), shardOf(0, { more: { seeds: [7] } })], 'RUNS_INCOMPARABLE'],
      [[...all.slice(1), shardOf(0, { more: { policies: ['oracle'] } })], 'RUNS_INCOMPARABLE'],
      [[...all.slice(1), { ...a, version: '1' }], 'RUNS_INCOMPARABLE'],
      [[...all.slice(1), { ...a, comparable: { rate: 4 } }], 'RUNS_INCOMPARABLE'],
      [
        [{ ...a, result: { ...a.result, part: undefined } as typeof a.result }, ...all],
        'MERGE_UNSUPPORTED',
      ],
    ] as const) {
      expect(() => merged(...(shards as typeof all))).toThrow(expect.objectContaining({ code }));
    }
  });
});
