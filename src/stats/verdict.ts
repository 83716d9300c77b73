import type { Interval } from './interval.ts';

/**
 * `better`: lower for certain. `not-worse`: at most the margin higher, for certain. `worse`: higher for
 * certain, and not certainly within the margin. `inconclusive`: the data allow more than one of these.
 */
export type Verdict = 'better' | 'not-worse' | 'inconclusive' | 'worse';

export interface VerdictEvidence {
  /** Interval of treated ÷ base of a quantity where lower is better. Undefined decides nothing. */
  interval: Interval | undefined;
  /** Two-sided p of the confirming test; `better` and `worse` need it at or below 1 − confidence. */
  p: number;
  /** How much higher still counts as no worse, as a share: 0.05 allows a ratio of 1.05. */
  margin: number;
}

/**
 * Three-region decision on the interval of a ratio (superiority, non-inferiority, neither).
 * Source: Piaggio et al., "Reporting of Noninferiority and Equivalence Randomized Trials" (JAMA 2012).
 */
export function verdictOf({ interval, p, margin }: VerdictEvidence): Verdict {
  if (interval === undefined) return 'inconclusive';
  const isConfirmed = p <= 1 - interval.confidence + 1e-12;
  if (interval.high < 1 && isConfirmed) return 'better';
  if (interval.high < 1 + margin) return 'not-worse';
  return interval.low > 1 && isConfirmed ? 'worse' : 'inconclusive';
}
