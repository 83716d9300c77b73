/**
 * Lag-1 autocorrelation of a series in the order measured; undefined below three values or without
 * spread. Source: Box & Jenkins, "Time Series Analysis" §2.1.
 */
export function autocorrelation(series: ArrayLike<number>): number | undefined {
  const n = series.length;
  if (n < 3) return undefined;
  let mean = 0;
  for (let i = 0; i < n; i++) mean += series[i]! / n;
  let [covariance, variance] = [0, 0];
  for (let i = 0; i < n; i++) {
    variance += (series[i]! - mean) ** 2;
    if (i > 0) covariance += (series[i]! - mean) * (series[i - 1]! - mean);
  }
  return variance > 0 ? covariance / variance : undefined;
}

/**
 * How many independent samples a correlated series is worth: n(1−ρ)/(1+ρ) with its lag-1
 * correlation ρ, for a first-order autoregressive series. Negative correlation is not credited.
 * Source: Bayley & Hammersley, "The 'Effective' Number of Independent Observations" (1946).
 */
export function effectiveN(series: ArrayLike<number>): number {
  const rho = Math.max(0, autocorrelation(series) ?? 0);
  return (series.length * (1 - rho)) / (1 + rho);
}
