import { createRandom, mixSeed } from '../base/random.ts';
import type { DoseResponse } from './result-attribution.ts';
import type { Estimate } from './result.ts';

/** One request of equal prompt length with a known number of cached tokens. */
export interface Dose {
  cachedTokens: number;
  ttftMs: number;
}

const RESAMPLES = 1_000;
const CONFIDENCE = 0.95;

/**
 * Milliseconds of TTFT saved per 1,000 cached tokens: the negated least-squares slope of TTFT over
 * cached tokens at equal prompt length, with a percentile bootstrap over requests.
 * Fewer than 3 distinct doses or 8 requests decide nothing.
 */
export function doseResponse(doses: readonly Dose[], seed: number): DoseResponse {
  const levels = [...new Set(doses.map((it) => it.cachedTokens))].toSorted((a, b) => a - b);
  const points = levels.map((cachedTokens) => {
    const times = doses.filter((it) => it.cachedTokens === cachedTokens).map((it) => it.ttftMs);
    return { cachedTokens, ttftMsP50: median(times), n: times.length };
  });
  if (levels.length < 3 || doses.length < 8) {
    return { points, msSavedPer1000Tokens: null, verdict: 'inconclusive' };
  }
  const estimate = savedPer1000(doses, seed);
  return { points, msSavedPer1000Tokens: estimate, verdict: verdictOf(estimate) };
}

function verdictOf({ interval }: Estimate): DoseResponse['verdict'] {
  if (!interval) return 'inconclusive';
  if (interval.low > 0) return 'causal';
  return interval.high <= 0 ? 'none' : 'inconclusive';
}

function savedPer1000(doses: readonly Dose[], seed: number): Estimate {
  const random = createRandom(mixSeed(seed, 'dose-response'));
  const slopes: number[] = [];
  for (let round = 0; round < RESAMPLES; round++) {
    const slope = slopeOf(doses.map(() => doses[random.int(doses.length)]!));
    if (slope !== undefined) slopes.push(-1_000 * slope);
  }
  slopes.sort((a, b) => a - b);
  const tail = Math.floor(((1 - CONFIDENCE) / 2) * slopes.length);
  const [low, high] = [slopes[tail], slopes[slopes.length - 1 - tail]];
  return {
    value: -1_000 * (slopeOf(doses) ?? 0),
    interval: low === undefined || high === undefined ? null : { low, high, confidence: CONFIDENCE },
    n: doses.length,
  };
}

/** Ordinary least squares; undefined when every dose is the same. */
function slopeOf(doses: readonly Dose[]): number | undefined {
  const n = doses.length;
  let [meanX, meanY] = [0, 0];
  for (const { cachedTokens, ttftMs } of doses) {
    meanX += cachedTokens / n;
    meanY += ttftMs / n;
  }
  let [covariance, variance] = [0, 0];
  for (const { cachedTokens, ttftMs } of doses) {
    covariance += (cachedTokens - meanX) * (ttftMs - meanY);
    variance += (cachedTokens - meanX) ** 2;
  }
  return variance === 0 ? undefined : covariance / variance;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
