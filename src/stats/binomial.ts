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

/**
 * One-sided p of at least `hits` of `n` trials when each hits with probability `chance`, exact:
 * P(X ≥ hits), summed from the far side so that a small p keeps its digits.
 */
export function exactBinomialP(hits: number, n: number, chance: number): number {
  if (hits <= 0 || chance >= 1) return 1;
  if (chance <= 0 || hits > n) return 0;
  return binomialCdf(n - hits, n, 1 - chance);
}
