import { describe, expect, it } from 'vitest';
import { estimateOf } from '../../../src/simulate/result/estimate.ts';
import { judgeRow } from '../../../src/simulate/result/judge.ts';
import { SIMULATED_METRICS } from '../../../src/simulate/result/metrics.ts';
import { parseObjective } from '../../../src/simulate/result/objectives.ts';
import { summarizeRun } from '../../../src/simulate/result/run-figures.ts';
import type { SimulatedSample } from '../../../src/simulate/run/simulated-sample.ts';

const sample = (more: Partial<SimulatedSample>): SimulatedSample => ({
  key: 'k',
  atMs: 0,
  engine: 0,
  reason: 'policy',
  promptTokens: 100,
  predictedTokens: null,
  seenTokens: 80,
  storedTokens: 70,
  bestTokens: 60,
  heldTokens: 40,
  cachedTokens: 30,
  outputTokens: 11,
  queueMs: 5,
  ttftMs: 100,
  latencyMs: 200,
  decodeMs: 100,
  failure: null,
  ...more,
});

describe('figures of a run', () => {
  it('are those that objectives can name, and no others', () => {
    const { figures } = summarizeRun([sample({})], 2, []);
    expect(Object.keys(figures).sort()).toEqual(Object.keys(SIMULATED_METRICS).sort());
  });

  it('weigh shares by tokens, and name what was lost', () => {
    const { figures } = summarizeRun(
      [sample({}), sample({ reason: 'overloaded', promptTokens: 300, atMs: 800 })],
      2,
      [],
    );
    expect(figures).toMatchObject({
      hit_rate: 60 / 400,
      ceiling: 160 / 400,
      'lost.early': 20 / 400,
      'lost.capacity': 20 / 400,
      'lost.placement': 20 / 400,
      'lost.shedding': 20 / 400,
      'lost.waiting': 20 / 400,
      'ttft.p95': 100,
      'tpot.mean': 10,
      rate: 2,
      imbalance: 2,
      busiest: 1,
    });
  });

  it('count as good what keeps every bound on a time, failures never', () => {
    const samples = [
      sample({}),
      sample({ ttftMs: 600 }),
      sample({ latencyMs: 3_000 }),
      sample({ failure: 'queue_full', ttftMs: null, latencyMs: null }),
    ];
    const objectives = ['ttft.p95 < 500ms', 'latency.p50 < 2s', 'hit_rate > 99%'].map(
      parseObjective,
    );
    const { figures, failures } = summarizeRun(samples, 1, objectives);
    expect(figures).toMatchObject({ goodput: 1 / 4, error_rate: 1 / 4, requests: 4 });
    expect(failures).toEqual({ queue_full: 1 });
  });

  it('of no request are unknown, not zero', () => {
    const { figures, busiest } = summarizeRun([], 3, []);
    expect(figures).toMatchObject({
      hit_rate: null,
      'ttft.p95': null,
      rate: null,
      imbalance: null,
    });
    expect(busiest).toBeNull();
  });
});

describe('an estimate over seeds', () => {
  it('has the textbook interval from five seeds on', () => {
    const { mean, interval } = estimateOf([1, 2, 3, 4, 5]);
    expect(mean).toBe(3);
    // t(0.975, 4) = 2.776, s = √2.5.
    expect(interval!.high).toBeCloseTo(3 + (2.776445 * Math.sqrt(2.5)) / Math.sqrt(5), 5);
    expect(estimateOf([1, 2, 3, 4])).toEqual({ mean: 2.5, interval: null });
    expect(estimateOf([null, null])).toEqual({ mean: null, interval: null });
  });

  it('decides an objective by its whole interval', () => {
    const row = (values: readonly number[]) => ({
      policy: 'p',
      setting: {},
      metrics: { 'ttft.p95': estimateOf(values) },
      failures: {},
      busiestEngine: null,
      seeds: values.length,
    });
    const objectives = [parseObjective('ttft.p95 < 500ms')];
    expect(judgeRow(row([100, 110, 120, 110, 100]), objectives)).toBe('pass');
    expect(judgeRow(row([900, 910, 920, 910, 900]), objectives)).toBe('fail');
    expect(judgeRow(row([100, 900, 100, 900, 480]), objectives)).toBe('inconclusive');
    expect(judgeRow(row([100, 110]), objectives)).toBe('inconclusive');
  });
});
