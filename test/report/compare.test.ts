import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import { shuffled } from '../../src/base/shuffled.ts';
import { compareReports } from '../../src/report/compare.ts';
import type { LoadReport } from '../../src/report/model.ts';
import { calibrateCompare } from './calibrate-compare.ts';
import { sampleLoadReport, sampleRunReport, sampleVerifyReport } from './sample-reports.ts';

const OPTIONS = { metric: 'ttft', arm: null, margin: 0.05 } as const;
const good = sampleLoadReport({ outcome: 'pass', exitCode: 0, checks: [] });

function withFailures(report: LoadReport, count: number): LoadReport {
  const samples = report.samples.map((it, index) =>
    index < count ? { ...it, failure: 'http' } : it,
  );
  return { ...report, samples };
}

// The short version of the long calibration, its bounds widened by two standard errors of 400 runs.
describe.each(['verify', 'load'] as const)('calibration in short, of %s', (size) => {
  it.each(['none', 'correlated'] as const)(
    'calls few unchanged runs a regression: %s',
    (disturbance) => {
      const found = calibrateCompare({ size, effect: 1, disturbance }, 400);
      expect(found.worse).toBeLessThanOrEqual(0.05 + 0.022);
      expect(found.better).toBeLessThanOrEqual(0.05 + 0.022);
    },
  );

  it.each(['none', 'correlated'] as const)('finds a 20 % slower p95: %s', (disturbance) => {
    const found = calibrateCompare({ size, effect: 1.2, disturbance }, 400);
    expect(found.worse).toBeGreaterThanOrEqual(0.8 - 0.04);
    expect(found.better).toBe(0);
  });
});

describe('comparing two runs', () => {
  it('of the same verification is no regression within what it can tell, of one half slower is', () => {
    const base = sampleVerifyReport({ rounds: 24, perBlock: 24 });
    const slow = sampleVerifyReport({ rounds: 24, perBlock: 24, seed: 8, slowness: 1.5 });
    const same = compareReports(base, base, { ...OPTIONS, margin: 0.3 });
    expect(same).toMatchObject({ outcome: 'pass', figures: { ratio: 1, verdict: 'not-worse' } });
    // Two runs of this size and spread cannot rule out 5 %.
    expect(compareReports(base, base, OPTIONS).outcome).toBe('inconclusive');
    const found = compareReports(base, slow, { ...OPTIONS, arm: 'D' });
    expect(found).toMatchObject({ outcome: 'fail', arm: 'D', figures: { verdict: 'worse' } });
    expect(compareReports(slow, base, { ...OPTIONS, arm: 'D' }).figures.verdict).toBe('better');
  });

  it('with too few blocks is inconclusive, never a pass', () => {
    const few = sampleVerifyReport({ rounds: 3 });
    const found = compareReports(few, few, OPTIONS);
    expect(found.outcome).toBe('inconclusive');
    expect(found.figures.reason).toBe('3 blocks are too few: at least 6 per run are needed.');
  });

  it('with a head that fails more is a failure however fast the rest is', () => {
    const found = compareReports(good, withFailures(good, 60), OPTIONS);
    expect(found.outcome).toBe('fail');
    expect(found.checks.find((it) => it.id === 'errors-not-risen')?.outcome).toBe('fail');
  });

  it('one of which is invalid is invalid', () => {
    expect(compareReports(good, { ...good, outcome: 'invalid' }, OPTIONS).outcome).toBe('invalid');
    const checks = compareReports({ ...good, outcome: 'invalid' }, good, OPTIONS).checks;
    expect(checks[0]).toMatchObject({ id: 'base-valid', outcome: 'invalid' });
  });

  it('that asked different things is refused, naming what differs', () => {
    const other = { ...good, comparable: { ...good.comparable, concurrency: 8, extra: true } };
    expect(() => compareReports(good, other, OPTIONS)).toThrow(
      expect.objectContaining({
        code: 'RUNS_INCOMPARABLE',
        details: ['concurrency: 4 and 8', 'extra: null and true'],
      }),
    );
    expect(() => compareReports(good, sampleRunReport(), OPTIONS)).toThrow(
      /kvcache load, the other of kvcache run/,
    );
  });

  it('without a sample in common is refused', () => {
    const run = sampleRunReport();
    expect(() => compareReports(run, run, OPTIONS)).toThrow(
      expect.objectContaining({ code: 'NO_SAMPLES' }),
    );
  });
});

/** Latencies as a load run of 960 requests records them; times of failures are those of the report. */
function loadOf(
  latencies: readonly number[],
  failure: (index: number) => string | null = () => null,
) {
  const samples = latencies.map((latencyMs, id) => ({
    ...good.samples[0]!,
    id: `${id}`,
    startMs: 10 * id,
    latencyMs,
    ttftMs: latencyMs,
    failure: failure(id),
  }));
  return { ...good, result: { ...good.result, timeoutMs: 60_000 }, samples };
}

function lognormals(n: number, seed: number): number[] {
  const random = createRandom(seed);
  return Array.from({ length: n }, () => 100 * Math.exp(0.5 * random.normal()));
}

function slowest(values: readonly number[], count: number): Set<number> {
  const order = [...values.keys()].toSorted((a, b) => values[b]! - values[a]!);
  return new Set(order.slice(0, count));
}

describe('failures in a comparison', () => {
  const latencies = lognormals(960, 11);
  const some = (seed: number) => {
    const failed = new Set(shuffled([...latencies.keys()], seed).slice(0, 20));
    return (id: number) => (failed.has(id) ? 'timeout' : null);
  };

  it('of the slowest 38 of 960 are a rise and no gain', () => {
    const lost = slowest(latencies, 38);
    const base = loadOf(latencies, some(1));
    const head = loadOf(latencies, (id) => (lost.has(id) ? 'timeout' : null));
    const found = compareReports(base, head, { ...OPTIONS, metric: 'latency' });
    expect(found.outcome).toBe('fail');
    expect(found.checks.find((it) => it.id === 'errors-not-risen')?.outcome).toBe('fail');
    expect(found.figures.verdict).not.toBe('better');
    expect(found.figures.ratio!).toBeGreaterThan(1);
  });

  it('as many as before rule out no rise of a point before there are enough requests', () => {
    const rise = (n: number, failures: number) => {
      const every = Math.floor(n / failures);
      const report = loadOf(lognormals(n, 2), (id) => (id % every === 3 ? 'http' : null));
      const { checks } = compareReports(report, report, OPTIONS);
      return checks.find((it) => it.id === 'errors-not-risen')?.outcome;
    };
    expect(rise(200, 2)).toBe('inconclusive');
    expect(rise(960, 5)).toBe('pass');
  });

  it('counts a rise of failures in a row as the one event it was', () => {
    const inARow = loadOf(latencies, (id) => (id >= 500 && id < 520 ? 'reset' : null));
    const { checks } = compareReports(loadOf(latencies), inARow, OPTIONS);
    expect(checks.find((it) => it.id === 'errors-not-risen')?.outcome).toBe('inconclusive');
  });

  it('finds the requests that left no sample', () => {
    const report = loadOf(latencies);
    const gone = slowest(latencies, 48);
    const cut = { ...report, samples: report.samples.filter((_, index) => !gone.has(index)) };
    const found = compareReports(report, cut, OPTIONS);
    expect(found.outcome).toBe('fail');
    expect(found.figures.head.n).toBe(960);
  });

  it('takes the places of a part of a plan for no losses', () => {
    const report = loadOf(latencies);
    const facts = { index: 0, of: 2, plan: 'p', startAtMs: 0, clock: null, bootId: null };
    const part = {
      ...report,
      samples: report.samples.map((it) => ({ ...it, id: `${2 * Number(it.id)}` })),
      result: { ...report.result, shards: [facts] },
    };
    expect(compareReports(part, part, OPTIONS).figures.head.n).toBe(960);
  });

  it.each(['fail', 'remove'] as const)('never helps the head: %s its slowest 5 %%', (way) => {
    const property = fc.property(
      fc.integer({ min: 1, max: 1e6 }),
      fc.constantFrom(0.6, 0.9, 1, 1.1, 1.5),
      fc.constantFrom('timeout', 'http', 'reset', 'empty'),
      (seed, effect, failure) => {
        const [was, is] = [lognormals(480, seed), lognormals(480, seed + 1)];
        const head = loadOf(is.map((ms) => ms * effect));
        const gone = slowest(is, 24);
        const samples =
          way === 'fail'
            ? head.samples.map((it, index) => (gone.has(index) ? { ...it, failure } : it))
            : head.samples.filter((_, index) => !gone.has(index));
        const before = compareReports(loadOf(was), head, OPTIONS);
        const after = compareReports(loadOf(was), { ...head, samples }, OPTIONS);
        expect(RANK[after.outcome]).toBeGreaterThanOrEqual(RANK[before.outcome]!);
        expect(after.figures.ratio!).toBeGreaterThanOrEqual(before.figures.ratio!);
        expect(after.figures.interval!.high).toBeGreaterThanOrEqual(before.figures.interval!.high);
        expect(['better', 'not-worse']).not.toContain(
          before.figures.verdict === 'inconclusive' ? after.figures.verdict : '',
        );
      },
    );
    fc.assert(property, { seed: 1, numRuns: 40 });
  });
});

const RANK: Readonly<Record<string, number>> = { pass: 0, inconclusive: 1, fail: 2 };
