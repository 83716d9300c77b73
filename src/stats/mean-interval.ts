import { type Dependence, dependenceOf, STRETCHES_MIN, strongerOf } from './dependence.ts';
import { CONFIDENCE, type Interval } from './interval.ts';
import { upwardStretch } from './rank-interval.ts';
import { studentTQuantile } from './student-t.ts';

/** Below so many independent values the mean of skewed ones is not near normal. */
const EFFECTIVE_MIN = 20;
/** A missed excursion moves the mean further than a percentile. */
const UPWARD = { from: 0.44, most: 2.5 };

/**
 * t interval of the mean of values that may depend on each other: its standard error is that of
 * independent values times the root of the inflation.
 * Source: Law, "Simulation Modeling and Analysis" §9.5.3, with the variance of `dependenceOf`.
 * @param values in the order measured
 * @param known dependence of another view of the same values
 * @returns undefined when the values are too few or depend on each other for too long
 */
export function meanInterval(
  values: ArrayLike<number>,
  known?: Dependence,
  confidence = CONFIDENCE,
): Interval | undefined {
  const n = values.length;
  const own = dependenceOf(values);
  const { inflation, stretches } = known ? strongerOf(known, own) : own;
  if (n / inflation < EFFECTIVE_MIN || stretches < STRETCHES_MIN) return undefined;
  const { mean, variance } = momentsOf(values);
  const t = studentTQuantile(1 - (1 - confidence) / 2, n - 1);
  const half = t * Math.sqrt((variance * inflation) / n);
  return { low: mean - half, high: mean + half * upwardStretch(inflation, UPWARD), confidence };
}

/** Mean, and sample variance (n − 1). */
export function momentsOf(values: ArrayLike<number>): { mean: number; variance: number } {
  const n = values.length;
  let sum = 0;
  for (let index = 0; index < n; index++) sum += values[index]!;
  const mean = sum / n;
  let squares = 0;
  for (let index = 0; index < n; index++) squares += (values[index]! - mean) ** 2;
  return { mean, variance: squares / (n - 1) };
}
