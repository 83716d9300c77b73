import { compareReports, type RunComparison } from '../../src/report/compare.ts';
import type { LoadReport, Report, VerifyReport } from '../../src/report/model.ts';
import { DEFAULT_SIZE } from '../../src/stats/design.ts';
import { type Disturbance, simulateRun } from '../stats/synthetic.ts';
import { sampleLoadReport, sampleVerifyReport } from './sample-reports.ts';

/** What two runs are compared by. */
export type Size = 'verify' | 'load';

/** A verification's arm at its default size, among five; of load, what docs/reports.md asks for. */
const SIZES = {
  verify: { blocks: DEFAULT_SIZE.rounds, perBlock: DEFAULT_SIZE.requestsPerBlock, arms: 5 },
  load: { blocks: 40, perBlock: 24, arms: 1 },
} as const;

/** Share of simulated pairs of runs with each verdict; `effect` is head ÷ base of every percentile. */
export function calibrateCompare(
  { size, effect, disturbance }: { size: Size; effect: number; disturbance: Disturbance },
  runs: number,
): Record<RunComparison['figures']['verdict'], number> {
  const counts = { better: 0, 'not-worse': 0, worse: 0, inconclusive: 0 };
  const arm = size === 'verify' ? 'C' : null;
  for (let run = 0; run < runs; run++) {
    // Neither knows of the other's disturbance.
    const [base, head] = [1, effect].map((scale, index) => {
      const blocks = simulateRun({ seed: 2 * run + index + 1, disturbance, ...SIZES[size] });
      return reportOf(
        size,
        blocks.map((block) => block.map((ms) => ms * scale)),
      );
    });
    const options = { metric: 'latency', arm, margin: 0.05 } as const;
    counts[compareReports(base!, head!, options).figures.verdict]++;
  }
  return {
    better: counts.better / runs,
    'not-worse': counts['not-worse'] / runs,
    worse: counts.worse / runs,
    inconclusive: counts.inconclusive / runs,
  };
}

const LOAD: LoadReport = sampleLoadReport({ outcome: 'pass', exitCode: 0, checks: [] });
const VERIFY: VerifyReport = sampleVerifyReport();

function reportOf(size: Size, blocks: readonly number[][]): Report {
  const template = size === 'verify' ? VERIFY : LOAD;
  const arm = size === 'verify' ? 'C' : '';
  const sample = { ...template.samples[0]!, failure: null, arm };
  const samples = blocks.flatMap((block, index) =>
    block.map((latencyMs, id) => ({ ...sample, id: `${index}-${id}`, block: index, latencyMs })),
  );
  return { ...template, samples };
}
