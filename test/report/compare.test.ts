import { describe, expect, it } from 'vitest';
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
    expect(() => compareReports(good, sampleRunReport(), OPTIONS)).toThrow('command: load and run');
  });

  it('without a sample in common is refused', () => {
    const run = sampleRunReport();
    expect(() => compareReports(run, run, OPTIONS)).toThrow(
      expect.objectContaining({ code: 'NO_SAMPLES' }),
    );
  });
});
