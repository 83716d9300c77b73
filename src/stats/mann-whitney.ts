import { normalCdf } from './normal.ts';

export interface Superiority {
  /** P(treated < base) + ½·P(equal): 0.5 = no difference, above 0.5 the treated are lower (faster). */
  probability: number;
  /** Two-sided, normal approximation with tie correction; assumes independent samples. */
  p: number;
}

/**
 * Mann–Whitney probability of superiority of lower values: compares whole distributions, not one
 * percentile. Source: Mann & Whitney (1947); tie correction as in Lehmann, "Nonparametrics" (1975) §1.4.
 * @throws RangeError when a sample is empty
 */
export function probabilityOfSuperiority(
  base: ArrayLike<number>,
  treated: ArrayLike<number>,
): Superiority {
  const [m, n] = [base.length, treated.length];
  if (m === 0 || n === 0) throw new RangeError('Two non-empty samples are needed.');
  const { rankSum, tieTerm } = rankSumOf(base, treated);
  const total = m + n;
  const wins = m * n + (n * (n + 1)) / 2 - rankSum;
  const variance = ((m * n) / 12) * (total + 1 - tieTerm / (total * (total - 1)));
  const z = variance > 0 ? Math.abs(wins - (m * n) / 2) / Math.sqrt(variance) : 0;
  return { probability: wins / (m * n), p: Math.min(1, 2 * (1 - normalCdf(z))) };
}

/** Sum of the treated sample's mid-ranks in the pooled sample, and Σ(t³ − t) over ties. */
function rankSumOf(
  base: ArrayLike<number>,
  treated: ArrayLike<number>,
): { rankSum: number; tieTerm: number } {
  const a = Float64Array.from(base).sort();
  const b = Float64Array.from(treated).sort();
  let [i, j, rankSum, tieTerm] = [0, 0, 0, 0];
  while (i < a.length || j < b.length) {
    const value = Math.min(a[i] ?? Infinity, b[j] ?? Infinity);
    const before = i + j;
    const treatedBefore = j;
    while (i < a.length && a[i] === value) i++;
    while (j < b.length && b[j] === value) j++;
    const ties = i + j - before;
    rankSum += (j - treatedBefore) * (before + (ties + 1) / 2);
    tieTerm += ties ** 3 - ties;
  }
  return { rankSum, tieTerm };
}
