import { sampleStandardDeviation } from 'simple-statistics';
import { ROUNDS_MIN } from './bootstrap.ts';
import type { BlockSpread } from './block-spread.ts';
import { CONFIDENCE, type Interval } from './interval.ts';
import { normalDensity, normalQuantile } from './normal.ts';
import { resolutionFloor } from './resolution.ts';
import { studentTQuantile } from './student-t.ts';

/**
 * c in SE(ln percentile) = c·σ/√n for a lognormal sample: √(q(1−q))/φ(z_q); 2.11 for p95, 3.73 for p99.
 * Source: asymptotic variance of a sample quantile, David & Nagaraja, "Order Statistics" §10.2.
 */
export function percentileErrorFactor(percent: number): number {
  const q = percent / 100;
  return Math.sqrt(q * (1 - q)) / normalDensity(normalQuantile(q));
}

/** A little over four times out of five: the announcement has a spread of its own. */
const POWER = 0.82;
/** Cuts beyond it show in some runs and not in others: the percentile sits at a cliff, or n is too small. */
const CUT_MAX = 0.75;
/** With fewer rounds their own spread is known too badly to announce anything once blocks differ. */
const ROUNDS_FOR_SPREAD = 12;
const OVERDISPERSION_MAX = 1.6;

/** Smallest cut an experiment could show, or why there is no saying. */
export interface Detectable {
  /** Share, 0..1; undefined with a reason. */
  cut: number | undefined;
  reason: string;
}

/**
 * The smallest cut that an experiment with this interval finds four times out of five:
 * 1 − exp(−(t + z)·se·√(k/(k−1))), k rounds. A verdict needs both the interval and the sign-flip test, so se is the larger of
 * the interval's half width ÷ t and the standard error of the mean that the test is about.
 * @param interval of the ratio treated ÷ base, made with t of `spread.degrees`
 * @param logRatios ln(treated ÷ base) of each round's own percentile
 */
export function detectableCut(
  interval: Interval | undefined,
  logRatios: readonly number[],
  spread: BlockSpread,
): Detectable {
  const rounds = logRatios.length;
  if (interval === undefined || !(interval.low > 0)) {
    return { cut: undefined, reason: 'There is no interval to go by.' };
  }
  if (rounds < ROUNDS_FOR_SPREAD && !((spread.overdispersion ?? 1) <= OVERDISPERSION_MAX)) {
    const reason = `Blocks differ more than their requests explain, and ${rounds} rounds do not tell by how much.`;
    return { cut: undefined, reason };
  }
  const t = studentTQuantile(1 - (1 - interval.confidence) / 2, spread.degrees);
  const halfWidth = Math.log(interval.high / interval.low) / 2;
  const error = Math.max(
    halfWidth / t,
    sampleStandardDeviation([...logRatios]) / Math.sqrt(rounds),
  );
  const cut = cutOf(error, t, rounds);
  if (cut <= CUT_MAX) return { cut, reason: '' };
  return { cut: undefined, reason: `No cut short of ${CUT_MAX * 100} % would be sure to show.` };
}

/**
 * What an experiment of a planned size can show before it runs, as {@link detectableCut} will announce
 * it when nothing but the requests' own spread disturbs it.
 * @param sigma standard deviation of ln latency: 0.25 a quiet mock, 0.5 typical, 1 a loaded system
 * @returns undefined when the size cannot show anything: too few rounds, or requests per arm for an
 *   interval of the percentile (72 for p95), or no cut short of 75 % would do
 */
export function announceable(
  rounds: number,
  requestsPerBlock: number,
  { sigma = 0.5, percent = 95 }: { sigma?: number; percent?: number } = {},
): number | undefined {
  const n = rounds * requestsPerBlock;
  if (rounds < ROUNDS_MIN || n < resolutionFloor(percent)) return undefined;
  const error = percentileErrorFactor(percent) * sigma * Math.sqrt(2 / n);
  const t = studentTQuantile(1 - (1 - CONFIDENCE) / 2, rounds - 1);
  const cut = cutOf(error * Math.sqrt(rounds / (rounds - 1)), t, rounds);
  return cut <= CUT_MAX ? cut : undefined;
}

/** Of few rounds the standard error is more often found too small than too large. */
function cutOf(error: number, t: number, rounds: number): number {
  const wider = Math.sqrt(rounds / (rounds - 1));
  return 1 - Math.exp(-(t + normalQuantile(POWER)) * error * wider);
}
