/** Numbers in ascending order without NaN; made by {@link sortedCopy}. */
export type SortedValues = Float64Array;

/**
 * An ascending copy.
 * @throws RangeError when a value is NaN: it would sort to the end and pose as the maximum
 */
export function sortedCopy(values: ArrayLike<number>): SortedValues {
  const sorted = Float64Array.from(values).sort();
  if (Number.isNaN(sorted.at(-1))) throw new RangeError('A percentile of NaN has no meaning.');
  return sorted;
}

/** All values of several blocks, ascending. */
export function pooled(blocks: readonly ArrayLike<number>[]): SortedValues {
  return sortedCopy(blocks.flatMap((block) => Array.from(block)));
}

/**
 * 1-based nearest rank ⌈p·n/100⌉ of the `percent`-th percentile among `n` values.
 * The small subtraction keeps 99.9 % of 1000 at rank 999 in binary arithmetic.
 */
export function nearestRank(n: number, percent: number): number {
  return Math.min(n, Math.max(1, Math.ceil((percent * n) / 100 - 1e-9)));
}

/**
 * The `percent`-th percentile (0..100) by nearest rank: the smallest value with at least that share
 * of the sample at or below it. Always an observed value; our primary definition.
 * Source: Hyndman & Fan, "Sample Quantiles in Statistical Packages" (1996), type 1.
 * @throws RangeError for an empty sample
 */
export function percentile(sorted: SortedValues, percent: number): number {
  if (sorted.length === 0) throw new RangeError('A percentile needs at least one value.');
  return sorted[nearestRank(sorted.length, percent) - 1]!;
}
