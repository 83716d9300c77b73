import { errorFunction } from 'simple-statistics';

/**
 * Standard normal distribution function, absolute error below 1.2e-7.
 * simple-statistics' own `cumulativeStdNormalProbability` is a table that saturates at 0.999, so
 * this goes through its error function.
 */
export function normalCdf(z: number): number {
  return 0.5 * (1 + errorFunction(z / Math.SQRT2));
}

export function normalDensity(z: number): number {
  return Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
}

const CENTRAL_A = [
  -3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2,
  -3.066479806614716e1, 2.506628277459239,
];
const CENTRAL_B = [
  -5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1,
  -1.328068155288572e1, 1,
];
const TAIL_C = [
  -7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734,
  4.374664141464968, 2.938163982698783,
];
const TAIL_D = [
  7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1,
];
const TAIL_BELOW = 0.02425;

/**
 * Standard normal quantile, relative error below 1.2e-9.
 * Source: P. J. Acklam, "An algorithm for computing the inverse normal cumulative distribution
 * function" (2003).
 * @throws RangeError unless 0 < probability < 1
 */
export function normalQuantile(probability: number): number {
  if (!(probability > 0 && probability < 1)) throw new RangeError('Probability outside (0, 1).');
  if (probability > 0.5) return -normalQuantile(1 - probability);
  if (probability < TAIL_BELOW) {
    const q = Math.sqrt(-2 * Math.log(probability));
    return polynomial(TAIL_C, q) / polynomial(TAIL_D, q);
  }
  const q = probability - 0.5;
  return (polynomial(CENTRAL_A, q * q) * q) / polynomial(CENTRAL_B, q * q);
}

/** Horner's scheme, highest power first. */
function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}
