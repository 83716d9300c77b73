import { slopeOf } from '../../stats/slope.ts';
import type { DoseResponse } from '../result/result-attribution.ts';
import type { Estimate } from './estimate.ts';

/** One request of equal prompt length with a known number of cached tokens. */
export interface Dose {
  cachedTokens: number;
  ttftMs: number;
}

const LEVELS_MIN = 3;
const REQUESTS_MIN = 8;

/**
 * Milliseconds of TTFT saved per 1,000 cached tokens: the slope of TTFT over cached tokens at equal
 * prompt length, its sign turned. Fewer than 3 distinct doses or 8 requests decide nothing.
 */
export function doseResponse(doses: readonly Dose[]): DoseResponse {
  const levels = [...new Set(doses.map((it) => it.cachedTokens))].toSorted((a, b) => a - b);
  const points = levels.map((cachedTokens) => {
    const times = doses.filter((it) => it.cachedTokens === cachedTokens).map((it) => it.ttftMs);
    return { cachedTokens, ttftMsP50: median(times), n: times.length };
  });
  const isEnough = levels.length >= LEVELS_MIN && doses.length >= REQUESTS_MIN;
  const estimate = isEnough ? savedPer1000(doses) : null;
  return { points, msSavedPer1000Tokens: estimate, verdict: verdictOf(estimate) };
}

function savedPer1000(doses: readonly Dose[]): Estimate | null {
  const line = slopeOf(doses.map((it) => [it.cachedTokens / 1_000, it.ttftMs] as const));
  if (!line) return null;
  const { low, high, confidence } = line.interval;
  return { value: -line.slope, interval: { low: -high, high: -low, confidence }, n: line.points };
}

function verdictOf(estimate: Estimate | null): DoseResponse['verdict'] {
  if (!estimate?.interval) return 'inconclusive';
  if (estimate.interval.low > 0) return 'causal';
  return estimate.interval.high <= 0 ? 'none' : 'inconclusive';
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
