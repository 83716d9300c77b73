import { compareReports, type RunComparison } from '../../src/report/compare.ts';
import type { LoadReport } from '../../src/report/model.ts';
import { type Disturbance, simulatePairs } from '../stats/synthetic.ts';
import { sampleLoadReport } from './sample-reports.ts';

const ROUNDS = 24;
const PER_BLOCK = 24;

/** Share of simulated pairs of runs with each verdict; `effect` is head ÷ base of every percentile. */
export function calibrateCompare(
  { effect, disturbance }: { effect: number; disturbance: Disturbance },
  runs: number,
): Record<RunComparison['figures']['verdict'], number> {
  const counts = { better: 0, 'not-worse': 0, worse: 0, inconclusive: 0 };
  const options = { metric: 'latency', arm: null, margin: 0.05 } as const;
  for (let run = 0; run < runs; run++) {
    // Two runs: neither knows of the other's disturbance.
    const [base, head] = [1, effect].map((scale, index) => {
      const seed = 2 * run + index + 1;
      const pairs = simulatePairs({
        seed,
        effect: 1,
        rounds: ROUNDS,
        perBlock: PER_BLOCK,
        disturbance,
      });
      return runOf(pairs.flatMap((pair) => pair.base.map((ms) => ms * scale)));
    });
    counts[compareReports(base!, head!, options).figures.verdict]++;
  }
  return {
    better: counts.better / runs,
    'not-worse': counts['not-worse'] / runs,
    worse: counts.worse / runs,
    inconclusive: counts.inconclusive / runs,
  };
}

const TEMPLATE = sampleLoadReport({ outcome: 'pass', exitCode: 0, checks: [] });

function runOf(latencies: readonly number[]): LoadReport {
  const [sample] = TEMPLATE.samples;
  return {
    ...TEMPLATE,
    samples: latencies.map((latencyMs, id) => ({ ...sample!, id: String(id), latencyMs })),
  };
}
