import { studentTQuantile } from '../../stats/student-t.ts';

/** Parts of a sample, each as good as any other: how much they differ tells how good the whole is. */
export const GROUPS = 16;

export interface EstimatedShare {
  share: number;
  /** Half the width of the 95 % interval. */
  error: number;
}

/** Of all that were asked the share that was found, both by group. */
export function shareFound(found: Float64Array, asked: Float64Array): EstimatedShare {
  const [all, hits] = [total(asked), total(found)];
  if (all === 0) return { share: 0, error: 1 };
  const share = hits / all;
  // Of a ratio: that one group has more to ask than another is no error.
  const squares = found.map((it, group) => (it - share * asked[group]!) ** 2);
  const deviation = Math.sqrt(total(squares) / (GROUPS - 1) / GROUPS) / (all / GROUPS);
  return { share, error: studentTQuantile(0.975, GROUPS - 1) * deviation };
}

function total(values: Float64Array): number {
  return values.reduce((sum, it) => sum + it, 0);
}
