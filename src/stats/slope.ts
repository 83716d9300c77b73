import { linearRegression } from 'simple-statistics';
import { CONFIDENCE, type Interval } from './interval.ts';
import { studentTQuantile } from './student-t.ts';

export interface Slope {
  /** Change of y per unit of x. */
  slope: number;
  intercept: number;
  interval: Interval;
  points: number;
}

/**
 * Least-squares line with the t interval of its slope; undefined below three points or without spread
 * in x. Dose–response: x = cached tokens (thousands), y = milliseconds saved.
 * Source: Draper & Smith, "Applied Regression Analysis" (3rd ed. 1998) §1.4.
 */
export function slopeOf(
  points: readonly (readonly [x: number, y: number])[],
  confidence = CONFIDENCE,
): Slope | undefined {
  const n = points.length;
  const meanX = points.reduce((sum, [x]) => sum + x / n, 0);
  const spread = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  if (n < 3 || spread === 0) return undefined;
  const { m: slope, b: intercept } = linearRegression(points.map(([x, y]) => [x, y]));
  const residual = points.reduce((sum, [x, y]) => sum + (y - intercept - slope * x) ** 2, 0);
  const error = Math.sqrt(residual / (n - 2) / spread);
  const half = studentTQuantile(1 - (1 - confidence) / 2, n - 2) * error;
  return {
    slope,
    intercept,
    interval: { low: slope - half, high: slope + half, confidence },
    points: n,
  };
}
