/**
 * Distribution function P(X ≤ k) of X ~ Binomial(n, p), summed from the mode's side in logarithms.
 * Exact to rounding for the sample sizes of a load test.
 */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  if (k >= n) return 1;
  const logOdds = Math.log(p) - Math.log1p(-p);
  let logTerm = n * Math.log1p(-p);
  let sum = Math.exp(logTerm);
  for (let i = 1; i <= k; i++) {
    logTerm += Math.log((n - i + 1) / i) + logOdds;
    sum += Math.exp(logTerm);
  }
  return Math.min(1, sum);
}

/** One-sided p of at least so many hits by chance alone. */
export function exactBinomialP(hits: number, n: number, chance: number): number {
  return chance >= 1 ? 1 : 1 - binomialCdf(hits - 1, n, chance);
}
