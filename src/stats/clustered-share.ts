import { CONFIDENCE, type Interval } from './interval.ts';
import { studentTQuantile } from './student-t.ts';
import { wilsonInterval } from './wilson.ts';

export interface ClusterCount {
  hits: number;
  total: number;
}

/** A share of requests that were measured in blocks. */
export interface ClusteredShare {
  /** Undefined without requests. */
  value: number | undefined;
  interval: Interval | undefined;
}

/**
 * Share over blocks whose requests may fare alike: the ratio estimator with the variance between
 * blocks and Student's t, never narrower than Wilson's interval, which takes requests for independent.
 * Source: Cochran, "Sampling Techniques" (3rd ed. 1977) §9A.4 (cluster sampling, ratio to size).
 */
export function clusteredShare(
  blocks: readonly ClusterCount[],
  confidence = CONFIDENCE,
): ClusteredShare {
  const total = blocks.reduce((sum, it) => sum + it.total, 0);
  if (total === 0) return { value: undefined, interval: undefined };
  const hits = blocks.reduce((sum, it) => sum + it.hits, 0);
  const value = hits / total;
  const wilson = wilsonInterval(hits, total, confidence);
  const filled = blocks.filter((it) => it.total > 0);
  if (filled.length < 2) return { value, interval: wilson };
  const residuals = filled.reduce((sum, it) => sum + (it.hits - value * it.total) ** 2, 0);
  const n = filled.length;
  const error = Math.sqrt((n / (n - 1)) * residuals) / total;
  const half = studentTQuantile(1 - (1 - confidence) / 2, n - 1) * error;
  return {
    value,
    interval: {
      low: Math.max(0, Math.min(wilson.low, value - half)),
      high: Math.min(1, Math.max(wilson.high, value + half)),
      confidence,
    },
  };
}
