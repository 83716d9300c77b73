import { normalQuantile } from './normal.ts';

/**
 * Quantile of Student's t distribution, by bisection on its exact distribution function.
 * @param degrees degrees of freedom, a whole number ≥ 1
 * @throws RangeError for degrees < 1 or a probability outside (0, 1)
 */
export function studentTQuantile(probability: number, degrees: number): number {
  if (!(degrees >= 1)) throw new RangeError('Degrees of freedom must be at least 1.');
  if (probability === 0.5) return 0;
  if (probability < 0.5) return -studentTQuantile(1 - probability, degrees);
  let low = 0;
  let high = Math.max(1, normalQuantile(probability));
  while (studentTCdf(high, degrees) < probability) high *= 2;
  for (let step = 0; step < 100 && high - low > 1e-10 * high; step++) {
    const middle = (low + high) / 2;
    if (studentTCdf(middle, degrees) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * Distribution function of Student's t for whole degrees of freedom, by the finite trigonometric
 * sums of Abramowitz & Stegun, "Handbook of Mathematical Functions", 26.7.3 and 26.7.4.
 */
export function studentTCdf(t: number, degrees: number): number {
  const theta = Math.atan(t / Math.sqrt(degrees));
  const [sine, cosine] = [Math.sin(theta), Math.cos(theta)];
  const isOdd = degrees % 2 === 1;
  let term = isOdd ? cosine : 1;
  let sum = degrees === 1 ? 0 : term;
  for (let k = isOdd ? 3 : 2; k <= degrees - 2; k += 2) {
    term *= (cosine * cosine * (k - 1)) / k;
    sum += term;
  }
  const central = isOdd ? (2 / Math.PI) * (theta + sine * sum) : sine * sum;
  return 0.5 + central / 2;
}
