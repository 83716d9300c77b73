import { describe, expect, it } from 'vitest';
import { aggregate, countedMs } from '../../src/load/aggregate.ts';
import { checkThreshold, LOAD_METRICS } from '../../src/load/metrics.ts';
import { parseThreshold } from '../../src/stats/threshold.ts';
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
    expect(aggregate([sample()], TIMEOUT_MS).tokens.prefixHitRate).toBeUndefined();
  });

  it('says nothing of an empty phase', () => {
    expect(aggregate([], TIMEOUT_MS)).toMatchObject({
      requests: 0,
      errorRate: undefined,
      goodputPerSecond: undefined,
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

describe('thresholds of a load run', () => {
  const judge = (text: string, count: number) =>
    checkThreshold(
      parseThreshold(text, LOAD_METRICS),
      aggregate(
        many(count, (id) => ({ endMs: 100 + id })),
        TIMEOUT_MS,
      ),
    ).outcome;

  it('needs the whole interval on one side, and enough samples for one', () => {
    expect(judge('latency.p95 < 300ms', 100)).toBe('pass');
    expect(judge('latency.p95 < 100ms', 100)).toBe('fail');
    expect(judge('latency.p95 < 195ms', 100)).toBe('inconclusive');
    expect(judge('latency.p95 < 300ms', 50)).toBe('inconclusive');
  });

  it('judges counts and shares as they are, the unknown not at all', () => {
    expect(judge('requests == 50', 50)).toBe('pass');
    expect(judge('error_rate <= 0%', 50)).toBe('pass');
    expect(judge('hit_rate >= 0', 50)).toBe('inconclusive');
  });
});
