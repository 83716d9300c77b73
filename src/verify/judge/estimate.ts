import { groupBy, meanOf, sumOf } from '../../base/lists.ts';
import { CONFIDENCE, type Interval } from '../../stats/interval.ts';
import { studentTQuantile } from '../../stats/student-t.ts';
import { type MeasuredSample, ofArm } from '../evidence/measured.ts';
import type { ArmId } from '../result/result-arms.ts';

/** A number with its uncertainty. A null interval means the sample is too small to give one. */
export interface Estimate {
  value: number;
  interval: Interval | null;
  n: number;
}

/** Mean with its t interval; null below two values without spread information, or no values at all. */
export function meanEstimate(values: readonly number[]): Estimate | null {
  const n = values.length;
  const mean = meanOf(values);
  if (mean === null) return null;
  if (n < 2) return { value: mean, interval: null, n };
  const variance = sumOf(values, (it) => (it - mean) ** 2) / (n - 1);
  const half = studentTQuantile(1 - (1 - CONFIDENCE) / 2, n - 1) * Math.sqrt(variance / n);
  return {
    value: mean,
    interval: { low: mean - half, high: mean + half, confidence: CONFIDENCE },
    n,
  };
}

/**
 * Treatment − base of a mean, round by round: requests of one block are correlated, rounds are not,
 * so the rounds are what is counted. Null without a round that has both.
 */
export function roundDifference(
  samples: readonly MeasuredSample[],
  arms: { base: ArmId; treatment: ArmId },
  value: (sample: MeasuredSample) => number | null,
): Estimate | null {
  const [base, treatment] = [arms.base, arms.treatment].map((arm) =>
    meansByRound(ofArm(samples, arm), value),
  );
  const differences: number[] = [];
  for (const [round, mean] of treatment!) {
    const other = base!.get(round);
    if (other !== undefined) differences.push(mean - other);
  }
  return meanEstimate(differences);
}

function meansByRound(
  samples: readonly MeasuredSample[],
  value: (sample: MeasuredSample) => number | null,
): Map<number, number> {
  const rounds = groupBy(samples, (it) => it.block, value);
  return new Map([...rounds].map(([round, values]) => [round, meanOf(values)!]));
}

/** The estimate times a constant. */
export function scaled(estimate: Estimate | null, factor: number): Estimate | null {
  if (!estimate) return null;
  const { value, interval, n } = estimate;
  const ends = interval && [interval.low * factor, interval.high * factor];
  return {
    value: value * factor,
    interval: ends && {
      low: Math.min(...ends),
      high: Math.max(...ends),
      confidence: interval.confidence,
    },
    n,
  };
}
