export interface KolmogorovSmirnov {
  /** Largest vertical distance between the two empirical distribution functions. */
  distance: number;
  /** Two-sided, asymptotic; assumes independent samples. */
  p: number;
}

/**
 * Two-sample Kolmogorov–Smirnov test: do the shapes differ anywhere?
 * Asymptotic p with Stephens' small-sample correction, as in Press et al., "Numerical Recipes"
 * (3rd ed.) §14.3.3.
 * @throws RangeError when a sample is empty
 */
export function kolmogorovSmirnov(
  left: ArrayLike<number>,
  right: ArrayLike<number>,
): KolmogorovSmirnov {
  if (left.length === 0 || right.length === 0)
    throw new RangeError('Two non-empty samples are needed.');
  const a = Float64Array.from(left).sort();
  const b = Float64Array.from(right).sort();
  let [i, j, distance] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i]!, b[j]!);
    while (i < a.length && a[i] === value) i++;
    while (j < b.length && b[j] === value) j++;
    distance = Math.max(distance, Math.abs(i / a.length - j / b.length));
  }
  const root = Math.sqrt((a.length * b.length) / (a.length + b.length));
  return { distance, p: kolmogorovTail((root + 0.12 + 0.11 / root) * distance) };
}

/** Q(λ) = 2·Σ (−1)^(k−1)·exp(−2k²λ²). */
function kolmogorovTail(lambda: number): number {
  if (lambda < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k <= 100; k++) {
    const term = Math.exp(-2 * k * k * lambda * lambda);
    sum += k % 2 === 1 ? term : -term;
    if (term < 1e-12) break;
  }
  return Math.min(1, Math.max(0, 2 * sum));
}
