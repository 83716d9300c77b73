import { sumOf } from '../base/lists.ts';
import { percentile, pooled } from './percentile.ts';

/** What the rounds of an experiment say about how far they may be trusted. */
export interface BlockSpread {
  /**
   * Degrees of freedom of the spread between rounds: one less than there are rounds, fewer when a few
   * rounds make most of it.
   */
  degrees: number;
  /**
   * Variance between blocks of the number of requests beyond the percentile, over that of independent
   * requests: 1 when blocks share nothing, undefined when no block has any.
   */
  overdispersion: number | undefined;
}

/** The values of one round's block in each arm. */
interface Round {
  base: ArrayLike<number>;
  treated: ArrayLike<number>;
}

const DEGREES_MIN = 3;

/**
 * Reads both from counts of the requests beyond a percentile: counts have a spread however heavy the
 * tail is. Degrees of freedom follow from the kurtosis of the counts' differences between the arms.
 * Source: Satterthwaite, "An Approximate Distribution of Estimates of Variance Components" (1946);
 * O'Neill, "Some Useful Moment Results in Sampling Problems" (2014) for var(s²) by the kurtosis.
 */
export function blockSpread(pairs: readonly Round[], percent: number): BlockSpread {
  const common = limitOf(
    pairs.flatMap(({ base, treated }) => [base, treated]),
    percent,
  );
  const differences = pairs.map(
    ({ base, treated }) => above(treated, common) - above(base, common),
  );
  const most = pairs.length - 1;
  const degrees = (2 * pairs.length) / (kurtosisOf(differences) - 1);
  return {
    degrees: Math.max(Math.min(DEGREES_MIN, most), Math.min(most, Math.round(degrees))),
    overdispersion: overdispersionOf(pairs, percent),
  };
}

function overdispersionOf(pairs: readonly Round[], percent: number): number | undefined {
  let [squares, freedom] = [0, 0];
  for (const arm of ['base', 'treated'] as const) {
    const blocks = pairs.map((pair) => pair[arm]);
    const limit = limitOf(blocks, percent);
    const counts = blocks.map((block) => above(block, limit));
    const share = sumOf(counts) / sumOf(blocks.map(({ length }) => length));
    if (share === 0) return undefined;
    squares += sumOf(
      counts.map((count, index) => {
        const n = blocks[index]!.length;
        return (count - share * n) ** 2 / (n * share * (1 - share));
      }),
    );
    freedom += blocks.length - 1;
  }
  return squares / freedom;
}

function limitOf(blocks: readonly ArrayLike<number>[], percent: number): number {
  return percentile(pooled(blocks), percent);
}

function above(block: ArrayLike<number>, limit: number): number {
  let count = 0;
  for (let index = 0; index < block.length; index++) if (block[index]! > limit) count++;
  return count;
}

/** 3 of normal values; 3, too, where there is no spread to judge by. */
function kurtosisOf(values: readonly number[]): number {
  const mean = sumOf(values) / values.length;
  const squares = sumOf(values.map((value) => (value - mean) ** 2));
  const fourths = sumOf(values.map((value) => (value - mean) ** 4));
  return squares > 0 ? (values.length * fourths) / squares ** 2 : 3;
}
