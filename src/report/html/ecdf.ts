import { nearestRank, type SortedValues } from '../../stats/percentile.ts';

/** One step of an empirical distribution: this share of all requests took `ms` or less. */
export interface Step {
  ms: number;
  /** 0..1 */
  share: number;
}

/** Most steps of a curve; between two kept steps the drawn curve is at most 1/STEPS_MAX too low. */
export const STEPS_MAX = 250;

/**
 * The steps of the empirical distribution of `sorted`, thinned out to about `STEPS_MAX` when there
 * are more. Each kept step is a measured value with its exact share; smallest, largest and `percents`
 * are always kept.
 *
 * @param total requests the shares refer to; more than values when some of them failed
 */
export function ecdfSteps(
  sorted: SortedValues,
  total: number,
  percents: readonly number[] = [],
): Step[] {
  const n = sorted.length;
  if (n === 0) return [];
  const ranks = new Set<number>([1]);
  const kept = Math.min(n, STEPS_MAX);
  for (let index = 1; index <= kept; index++) ranks.add(Math.ceil((index * n) / kept));
  for (const percent of percents) {
    const rank = nearestRank(total, percent);
    if (rank <= n) ranks.add(rank);
  }
  const ascending = [...ranks].toSorted((a, b) => a - b);
  return ascending.map((rank) => ({ ms: sorted[rank - 1]!, share: rank / total }));
}
