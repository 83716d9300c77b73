import type { Interval } from './interval.ts';

export interface StopRule {
  /** Rounds before which no interval is trusted; at least 8. */
  minRounds: number;
  maxRounds: number;
  /** Stop once the ratio's interval spans no more than ×/÷ (1 + precision): 0.05 for ±5 %. */
  precision: number;
}

export type StopDecision = 'continue' | 'precise' | 'exhausted';

/**
 * Fixed-width sequential stopping: looks at the interval's width, never at which side of 1 it lies,
 * so that looking often does not manufacture a difference.
 * Source: Chow & Robbins, "On the Asymptotic Theory of Fixed-Width Sequential Confidence Intervals" (1965).
 */
export function stopDecision(
  rounds: number,
  interval: Interval | undefined,
  rule: StopRule,
): StopDecision {
  if (rounds >= rule.minRounds && interval !== undefined && interval.low > 0) {
    const halfWidth = Math.log(interval.high / interval.low) / 2;
    if (halfWidth <= Math.log1p(rule.precision)) return 'precise';
  }
  return rounds >= rule.maxRounds ? 'exhausted' : 'continue';
}
