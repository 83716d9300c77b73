import { CONFIDENCE, type Interval } from './interval.ts';
import { normalQuantile } from './normal.ts';

/**
 * Wilson score interval of a proportion; right at 0 and at n, where the textbook interval collapses.
 * 12 of 12 means at least 75.7 %. Source: Wilson, "Probable Inference" (JASA 1927).
 * @throws RangeError without trials or with more successes than trials
 */
export function wilsonInterval(
  successes: number,
  trials: number,
  confidence = CONFIDENCE,
): Interval {
  if (!(trials > 0 && successes >= 0 && successes <= trials)) {
    throw new RangeError('A proportion needs 0 ≤ successes ≤ trials, trials > 0.');
  }
  const z2 = normalQuantile(1 - (1 - confidence) / 2) ** 2;
  const share = successes / trials;
  const centre = (share + z2 / (2 * trials)) / (1 + z2 / trials);
  const half =
    Math.sqrt(z2 * ((share * (1 - share)) / trials + z2 / (4 * trials * trials))) /
    (1 + z2 / trials);
  return {
    low: successes === 0 ? 0 : centre - half,
    high: successes === trials ? 1 : centre + half,
    confidence,
  };
}
