import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import { shuffled } from '../../src/base/shuffled.ts';
import { aggregate, countedMs } from '../../src/load/aggregate.ts';
import { checkThreshold, LOAD_METRICS } from '../../src/load/metrics.ts';
import { parseThreshold } from '../../src/stats/threshold.ts';
import { LATENCIES } from '../stats/traffic.ts';
import { sample } from './samples.ts';

const TIMEOUT_MS = 5000;

function many(count: number, changes: (index: number) => object) {
  return Array.from({ length: count }, (_, id) => sample({ id, ...changes(id) }));
}

describe('aggregate', () => {
  it('counts latency from the intended start', () => {
    const result = aggregate([sample({ intendedMs: 10, sentMs: 60, endMs: 110 })], TIMEOUT_MS);
    expect(result.latency.mean).toBe(100);
    expect(result.lateness.mean).toBe(50);
  });

  it('never lets a failure improve a number', () => {
    const good = many(30, () => ({ firstTokenMs: 40 }));
    const quickFailure = sample({ status: 503, failure: 'http', endMs: 1 });
    const before = aggregate(good, TIMEOUT_MS);
    const after = aggregate([...good, quickFailure], TIMEOUT_MS);
    for (const metric of ['latency', 'ttft'] as const) {
      expect(after[metric].max).toBe(TIMEOUT_MS);
      expect(after[metric].mean).toBeGreaterThan(before[metric].mean!);
    }
    expect(after.goodputPerSecond).toBeLessThanOrEqual(before.goodputPerSecond!);
    expect(after).toMatchObject({ requests: 31, succeeded: 30, failures: { http: 1 } });
    expect(after.errorRate).toBeCloseTo(1 / 31, 12);
  });

  it('counts a timeout at its full duration', () => {
    const late = sample({ failure: 'timeout', sentMs: 200, endMs: 5200 });
    expect(countedMs(late, 'latency', TIMEOUT_MS)).toBe(5200);
    expect(countedMs(late, 'ttft', TIMEOUT_MS)).toBe(5200);
  });

  it('leaves requests cut off by a stop out of everything', () => {
    const result = aggregate([sample(), sample({ failure: 'stopped', endMs: 3 })], TIMEOUT_MS);
    expect(result).toMatchObject({ requests: 1, stopped: 1, errorRate: 0 });
    expect(result.latency).toMatchObject({ n: 1, min: 100 });
  });

  it('takes the hit rate over the answers that report it', () => {
    const result = aggregate(
      [
        sample({ promptTokens: 100, cachedTokens: 80, servedBy: 'a' }),
        sample({ promptTokens: 300, cachedTokens: 0, servedBy: 'b' }),
        sample({ promptTokens: 1000 }),
      ],
      TIMEOUT_MS,
    );
    expect(result.tokens).toMatchObject({ prompt: 1400, cachedKnown: 2, prefixHitRate: 0.2 });
    expect(result.servedBy).toEqual({ a: 1, b: 1, unknown: 1 });
    expect(aggregate([sample()], TIMEOUT_MS).tokens.prefixHitRate).toBeNull();
  });

  it('says nothing of an empty phase', () => {
    expect(aggregate([], TIMEOUT_MS)).toMatchObject({
      requests: 0,
      errorRate: null,
      goodputPerSecond: null,
      durationMs: 0,
    });
  });

  it('knows time per output token', () => {
    const row = sample({ firstTokenMs: 40, endMs: 100, outputTokens: 4, itlsMs: [20, 20, 20] });
    const result = aggregate([row], TIMEOUT_MS);
    expect(result.tpot.mean).toBe(20);
    expect(result.itl).toMatchObject({ n: 3, mean: 20 });
  });
});

describe('requests that left no sample', () => {
  const slowest = 3;
  const all = many(60, (id) => ({
    intendedMs: id,
    endMs: id + 100 + (id % 20 === slowest ? 500 : 0),
  }));
  const rest = all.filter(({ id }) => id % 20 !== slowest);

  it('are failures at the time limit', () => {
    const result = aggregate(rest, TIMEOUT_MS);
    expect(result).toMatchObject({ requests: 60, succeeded: 57, failures: { lost: 3 } });
    expect(result.latency).toMatchObject({ n: 60, max: TIMEOUT_MS });
    expect(result.goodputPerSecond!).toBeLessThan(aggregate(all, TIMEOUT_MS).goodputPerSecond!);
  });

  it('cannot be told where ids number the requests of several blocks', () => {
    const blocks = rest.map((row, index) => ({ ...row, block: index % 2 }));
    expect(aggregate(blocks, TIMEOUT_MS).failures).toEqual({});
  });
});

describe('the slowest 5 %, failed or gone', () => {
  const THRESHOLDS = ['p50', 'p90', 'p95', 'p99', 'mean'].map((it) => `latency.${it}` as const);
  const traffics = Object.entries(LATENCIES).filter(([name]) => /independent|0.8|50 %/.test(name));

  it.each(traffics)('never improve a figure or a threshold: %s', (_, traffic) => {
    const property = fc.property(
      fc.integer({ min: 1, max: 1e6 }),
      fc.constantFrom('timeout', 'http', 'reset', 'protocol', 'empty', undefined),
      (seed, failure) => {
        const latencies = traffic(400, createRandom(seed));
        const rows = many(400, (id) => ({ intendedMs: 10 * id, endMs: 10 * id + latencies[id]! }));
        const edge = latencies.toSorted().at(-20)!;
        const spoilt = rows.flatMap((row) => {
          if (latencies[row.id]! < edge) return [row];
          return failure === undefined ? [] : [{ ...row, failure }];
        });
        const [before, after] = [aggregate(rows, TIMEOUT_MS), aggregate(spoilt, TIMEOUT_MS)];
        expect(after.errorRate!).toBeGreaterThan(before.errorRate!);
        expect(after.errorRateInterval!.high).toBeGreaterThan(before.errorRateInterval!.high);
        expect(after.goodputPerSecond!).toBeLessThan(before.goodputPerSecond!);
        for (const metric of THRESHOLDS) {
          for (const bound of [100, 200, 300, 400]) {
            const threshold = parseThreshold(`${metric} < ${bound}ms`, LOAD_METRICS);
            const [was, is] = [before, after].map((it) => checkThreshold(threshold, it).outcome);
            if (is === 'pass') expect(was).toBe('pass');
          }
        }
      },
    );
    fc.assert(property, { seed: 1, numRuns: 40 });
  });
});

describe('order of samples', () => {
  it('is that of their starts, whatever order they ended in', () => {
    const random = createRandom(4);
    const rows = many(400, (id) => ({
      intendedMs: id,
      endMs: id + 100 * Math.exp(random.normal()),
    }));
    const byEnd = rows.toSorted((a, b) => a.endMs - b.endMs);
    expect(aggregate(byEnd, TIMEOUT_MS).latency).toEqual(aggregate(rows, TIMEOUT_MS).latency);
  });
});

describe('thresholds of a load run', () => {
  const spread = shuffled(
    Array.from({ length: 400 }, (_, index) => index),
    9,
  );
  const check = (text: string, count: number, changes: (id: number) => object = () => ({})) =>
    checkThreshold(
      parseThreshold(text, LOAD_METRICS),
      aggregate(
        many(count, (id) => ({
          intendedMs: 10 * id,
          sentMs: 10 * id,
          endMs: 10 * id + 100 + (spread[id]! % 100),
          ...changes(id),
        })),
        TIMEOUT_MS,
      ),
    );
  const judge = (...args: Parameters<typeof check>) => check(...args).outcome;

  it('needs the whole interval on one side, and enough samples for one', () => {
    expect(judge('latency.p95 < 300ms', 400)).toBe('pass');
    expect(judge('latency.p95 < 100ms', 400)).toBe('fail');
    expect(judge('latency.p95 < 195ms', 400)).toBe('inconclusive');
    expect(judge('latency.p95 < 300ms', 50)).toBe('inconclusive');
  });

  it('judges shares, means and rates by their intervals too', () => {
    expect(judge('error_rate <= 1%', 400)).toBe('pass');
    // 0 of 50 may be 7 %.
    expect(judge('error_rate <= 1%', 50)).toBe('inconclusive');
    expect(judge('latency.mean < 160ms', 400)).toBe('pass');
    expect(judge('latency.mean < 150ms', 400)).toBe('inconclusive');
    expect(judge('rate > 90', 400)).toBe('pass');
    expect(judge('rate > 120', 400)).toBe('fail');
    expect(judge('rate > 90', 20)).toBe('inconclusive');
    const half = (id: number) => ({
      promptTokens: 100,
      cachedTokens: spread[id]! % 2 === 0 ? 100 : 0,
    });
    expect(judge('hit_rate >= 40%', 400, half)).toBe('pass');
    expect(judge('hit_rate >= 50%', 400, half)).toBe('inconclusive');
  });

  it('counts as they are, and does not judge the unknown', () => {
    expect(judge('requests == 50', 50)).toBe('pass');
    expect(judge('latency.max < 200ms', 50)).toBe('pass');
    expect(judge('hit_rate >= 0', 50)).toBe('inconclusive');
  });

  it('says that dependence, not the number alone, is in the way', () => {
    const rising = check('latency.p95 < 9s', 400, (id) => ({ endMs: 10 * id + 100 + id }));
    expect(rising.outcome).toBe('inconclusive');
    expect(rising.evidence).toContain('they depend on each other');
  });
});
