import { compareArms } from '../../src/stats/compare.ts';
import { percentile, sortedCopy } from '../../src/stats/percentile.ts';
import { type Experiment, simulatePairs } from './synthetic.ts';

export interface Calibration {
  runs: number;
  /** Shares of all runs. */
  better: number;
  worse: number;
  inconclusive: number;
  /** Share of intervals that hold the true ratio. */
  coverage: number;
  /** Mean estimated ratio. */
  meanRatio: number;
  /** Share in which the old method (12 base requests, then 12 treated, p95 lower) claims a gain. */
  oldMethodGain: number;
}

/** Repeats one simulated experiment under different seeds and counts what is concluded. */
export function calibrate(experiment: Omit<Experiment, 'seed'>, runs: number): Calibration {
  const counts = { better: 0, worse: 0, inconclusive: 0, 'not-worse': 0, covered: 0, oldGain: 0 };
  let ratioSum = 0;
  for (let run = 0; run < runs; run++) {
    const seed = run + 1;
    const comparison = compareArms(simulatePairs({ ...experiment, seed }), { seed });
    counts[comparison.verdict]++;
    const { low, high } = comparison.interval!;
    if (low <= experiment.effect && experiment.effect <= high) counts.covered++;
    ratioSum += comparison.ratio!;
    if (oldMethodClaimsGain({ ...experiment, seed })) counts.oldGain++;
  }
  return {
    runs,
    better: counts.better / runs,
    worse: counts.worse / runs,
    inconclusive: counts.inconclusive / runs,
    coverage: counts.covered / runs,
    meanRatio: ratioSum / runs,
    oldMethodGain: counts.oldGain / runs,
  };
}

/** All base requests, then all treated ones, 12 each; a lower p95 (here the maximum) is a gain. */
function oldMethodClaimsGain(experiment: Experiment): boolean {
  const pairs = simulatePairs({ ...experiment, rounds: 12, perBlock: 1, design: 'sequential' });
  const p95 = (values: number[]): number => percentile(sortedCopy(values), 95);
  return p95(pairs.flatMap((pair) => pair.treated)) < p95(pairs.flatMap((pair) => pair.base));
}
