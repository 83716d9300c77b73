import { CONFIDENCE } from './interval.ts';
import { normalDensity, normalQuantile } from './normal.ts';
import { sampleStandardDeviation } from 'simple-statistics';

export interface PowerOptions {
  /** Standard deviation of ln latency: 0.25 a quiet mock, 0.5 typical, 1 a loaded system. */
  sigma: number;
  /** 0..100; default 95. */
  percent?: number;
  /** Chance of finding a true effect; default 0.8. */
  power?: number;
  confidence?: number;
}

/**
 * c in SE(ln percentile) = c·σ/√n for a lognormal sample: √(q(1−q))/φ(z_q); 2.11 for p95, 3.73 for p99.
 * Source: asymptotic variance of a sample quantile, David & Nagaraja, "Order Statistics" §10.2.
 */
export function percentileErrorFactor(percent: number): number {
  const q = percent / 100;
  return Math.sqrt(q * (1 - q)) / normalDensity(normalQuantile(q));
}

/**
 * Independent requests per arm needed to find that a percentile fell by the share `cut`:
 * 2c²(z_{1−α/2} + z_power)²·σ²/ln(1−cut)², which is 70σ²/ln(1−cut)² for p95 at 80 % power.
 * @param cut 0..1 exclusive: 0.2 for 20 % lower
 */
export function requiredPerArm(cut: number, options: PowerOptions): number {
  return Math.ceil(varianceTerm(options) / Math.log(1 - cut) ** 2);
}

/** Smallest cut (share) that `n` independent requests per arm find with the wanted power. */
export function minimumDetectableCut(n: number, options: PowerOptions): number {
  return 1 - Math.exp(-Math.sqrt(varianceTerm(options) / n));
}

function varianceTerm({ sigma, percent = 95, power = 0.8, confidence = CONFIDENCE }: PowerOptions) {
  const z = normalQuantile(1 - (1 - confidence) / 2) + normalQuantile(power);
  return 2 * (percentileErrorFactor(percent) * z * sigma) ** 2;
}

/** Sample standard deviation of ln values; undefined below two positive values. */
export function logSigma(values: ArrayLike<number>): number | undefined {
  const logs = Array.from(values)
    .filter((value) => value > 0)
    .map(Math.log);
  return logs.length < 2 ? undefined : sampleStandardDeviation(logs);
}

export interface Preflight {
  /** From the pilot. */
  sigma: number;
  requestsPerArm: number;
  /** Time for all arms at the pilot's pace. */
  durationMs: number;
}

/**
 * What an experiment would cost, from a pilot of some 20 requests: "to see 10 % you need 1600 per
 * arm, about 9 minutes". Undefined when the pilot has no spread to go by.
 * @param pace milliseconds per request, all concurrency included, and the number of arms
 */
export function powerPreflight(
  pilot: ArrayLike<number>,
  cut: number,
  pace: { msPerRequest: number; arms: number; percent?: number },
): Preflight | undefined {
  const sigma = logSigma(pilot);
  if (sigma === undefined) return undefined;
  const requestsPerArm = requiredPerArm(cut, { sigma, percent: pace.percent ?? 95 });
  return { sigma, requestsPerArm, durationMs: requestsPerArm * pace.arms * pace.msPerRequest };
}
