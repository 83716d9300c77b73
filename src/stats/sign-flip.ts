import { sumOf } from '../base/lists.ts';
import type { Random } from '../base/random.ts';

export interface SignFlipResult {
  /** Two-sided. */
  p: number;
  pairs: number;
  /** Smallest p this many pairs can reach, 2/2ⁿ; above 0.05 the test can never decide. */
  smallestP: number;
  isExact: boolean;
}

/** 2^16 sums take about a millisecond; beyond it the flips are drawn at random. */
const EXACT_PAIRS_MAX = 16;
const DRAWS = 20_000;

/**
 * Sign-flip (paired randomisation) test that differences are symmetric about 0, on the absolute sum.
 * Exact over all 2ⁿ flips for up to 16 pairs, else Monte Carlo with p = (b+1)/(k+1).
 * Sources: Fisher, "The Design of Experiments" (1935) §21; Phipson & Smyth, "Permutation P-values
 * Should Never Be Zero" (arXiv 1603.05766).
 * @param differences one per pair, for example ln p95(treated) − ln p95(base)
 */
export function signFlipTest(differences: ArrayLike<number>, random: Random): SignFlipResult {
  const values = Float64Array.from(differences);
  const pairs = values.length;
  const isExact = pairs <= EXACT_PAIRS_MAX;
  return {
    p: pairs === 0 ? 1 : isExact ? exactP(values) : sampledP(values, random),
    pairs,
    smallestP: Math.min(1, 2 / 2 ** pairs),
    isExact,
  };
}

/** Walks the flips in Gray code order: each step changes one sign. */
function exactP(values: Float64Array): number {
  const flips = 2 ** values.length;
  const signs = new Int8Array(values.length).fill(1);
  let sum = sumOf(values);
  const observed = atLeast(sum);
  let asExtreme = 1;
  for (let index = 1; index < flips; index++) {
    const bit = 31 - Math.clz32(index & -index);
    sum -= 2 * signs[bit]! * values[bit]!;
    signs[bit] = -signs[bit]!;
    if (Math.abs(sum) >= observed) asExtreme++;
  }
  return asExtreme / flips;
}

function sampledP(values: Float64Array, random: Random): number {
  const observed = atLeast(sumOf(values));
  let asExtreme = 0;
  for (let draw = 0; draw < DRAWS; draw++) {
    let sum = 0;
    for (const value of values) sum += random.next() < 0.5 ? value : -value;
    if (Math.abs(sum) >= observed) asExtreme++;
  }
  return (asExtreme + 1) / (DRAWS + 1);
}

/** Absolute sum less a rounding allowance: the observed flip must count as extreme as itself. */
function atLeast(sum: number): number {
  return Math.abs(sum) * (1 - 1e-12) - 1e-300;
}
