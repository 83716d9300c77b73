import { describe, expect, it } from 'vitest';
import { mergeReports } from '../../src/report/merge.ts';
import type { LoadReport, Report } from '../../src/report/model.ts';
import { parseReport } from '../../src/report/read.ts';
import { LatencyHistogram } from '../../src/stats/histogram.ts';
import { percentile, sortedCopy } from '../../src/stats/percentile.ts';
import { sampleLoadReport, sampleVerifyReport } from './sample-reports.ts';

const merge = (reports: readonly Report[]) =>
  mergeReports(
    reports,
    reports.map((_, index) => `shard-${index + 1}`),
  );

const shard = sampleLoadReport();
/** Three machines that measured the same to the microsecond, but did not start at once. */
const shards = [1, 2, 3].map((second): LoadReport => ({
  ...shard,
  startedAt: `2026-01-02T03:04:0${second}.000Z`,
}));

describe('merging shards', () => {
  const merged = merge(shards);

  it('adds up what can be added up', () => {
    const { result } = shard;
    expect(merged.samples).toHaveLength(3 * shard.samples.length);
    expect(new Set(merged.samples.map((it) => it.id)).size).toBe(merged.samples.length);
    expect(merged.result).toMatchObject({
      requests: 3 * result.requests,
      succeeded: 3 * result.succeeded,
      failures: { http: 6 },
      errorRate: result.errorRate,
      promptTokens: 3 * result.promptTokens!,
      prefixHitRate: result.prefixHitRate,
      servedBy: { 'engine-a': 300, 'engine-b': 294 },
    });
    expect(merged.result.goodputPerSecond).toBeCloseTo(3 * result.goodputPerSecond!);
  });

  it('takes percentiles from the samples and leaves out what they do not hold', () => {
    const values = shard.samples.map((it) => (it.failure === null ? it.latencyMs : 1_000));
    const expected = percentile(sortedCopy([...values, ...values, ...values]), 95);
    const p95 = merged.result.latency.percentiles.find((it) => it.percent === 95);
    expect(p95?.value).toBe(expected);
    expect(merged.result.itl).toMatchObject({ n: 0, mean: null });
  });

  it('adds histograms up to the same values, and reads back as a report', () => {
    const histogram = LatencyHistogram.decode(merged.result.histograms.latency!);
    expect(histogram.count).toBe(merged.result.succeeded);
    expect(parseReport(JSON.stringify(merged), 'm')).toEqual(merged);
  });

  it('keeps the worst outcome and says which shard', () => {
    const good = sampleLoadReport({ outcome: 'pass', exitCode: 0, checks: [] });
    expect(merge([good, { ...good, startedAt: null }]).exitCode).toBe(0);
    expect(merge([good, shards[1]!])).toMatchObject({ outcome: 'fail', exitCode: 1 });
    expect(merge([good, shards[1]!]).checks[0]?.claim).toMatch(/^shard-2: /);
  });

  it('finds out when samples were taken away or changed', () => {
    const cut: LoadReport = { ...shard, samples: shard.samples.slice(1) };
    const changed: LoadReport = {
      ...shard,
      samples: shard.samples.map((it) => ({ ...it, latencyMs: it.latencyMs * 1.1 })),
    };
    for (const broken of [cut, changed]) {
      expect(() => merge([shards[1]!, broken])).toThrow(
        expect.objectContaining({ code: 'MERGE_MISMATCH' }),
      );
    }
  });

  it.each([
    ['one report', [shard]],
    ['verifications', [sampleVerifyReport(), sampleVerifyReport()]],
  ])('refuses %s', (_, reports) => {
    expect(() => merge(reports)).toThrow(expect.objectContaining({ code: 'MERGE_UNSUPPORTED' }));
  });

  it('refuses a report of a part of a plan: its log can be judged', () => {
    const facts = { index: 0, of: 2, plan: 'p', startAtMs: 0, clock: null, bootId: null };
    const part = { ...shards[0]!, result: { ...shard.result, shards: [facts] } };
    expect(() => merge([part, shards[1]!])).toThrow(
      expect.objectContaining({
        code: 'MERGE_UNSUPPORTED',
        remedy: expect.stringContaining('log'),
      }),
    );
  });

  it('refuses the same run under two names', () => {
    expect(() => merge([shards[0]!, shards[1]!, structuredClone(shards[0]!)])).toThrow(
      expect.objectContaining({
        code: 'MERGE_TWICE',
        message: expect.stringContaining('shard-1 and shard-3'),
      }),
    );
  });
});
