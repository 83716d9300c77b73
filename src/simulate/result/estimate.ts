import { meanOf } from '../../base/lists.ts';
import { CONFIDENCE, type Interval } from '../../stats/interval.ts';
import { studentTQuantile } from '../../stats/student-t.ts';

/** A figure over several seeds. */
export interface SeedEstimate {
  /** Over the seeds that have one; null where none has. */
  mean: number | null;
  /** 95 %, t over seeds; null below five of them. */
  interval: Interval | null;
}

/** With fewer seeds a spread says nothing. */
export const SEEDS_MIN = 5;

/** Seeds are independent runs, so that the textbook interval of a mean holds. */
export function estimateOf(values: readonly (number | null)[]): SeedEstimate {
  const known = values.filter((it) => it !== null);
  const mean = meanOf(known);
  if (mean === null || known.length < SEEDS_MIN) return { mean, interval: null };
  const variance = known.reduce((sum, it) => sum + (it - mean) ** 2, 0) / (known.length - 1);
  const t = studentTQuantile(1 - (1 - CONFIDENCE) / 2, known.length - 1);
  const half = t * Math.sqrt(variance / known.length);
  return { mean, interval: { low: mean - half, high: mean + half, confidence: CONFIDENCE } };
}
