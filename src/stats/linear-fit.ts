import { CONFIDENCE, type Interval } from './interval.ts';
import { type Matrix, inverseOf, productOf } from './small-matrix.ts';
import { studentTQuantile } from './student-t.ts';

/** One equation: `y` is the sum of the amounts times the unknowns, and some noise. */
export interface Equation {
  amounts: readonly number[];
  y: number;
  /** 1 ÷ the variance of its noise, in any unit. */
  weight: number;
}

export interface LinearFit {
  /** None below 0. */
  values: number[];
  /** Of the same model without the bound, whose ends may be below 0. */
  intervals: Interval[];
}

/**
 * Weighted least squares with no unknown below 0, by the active-set method of Lawson & Hanson, "Solving Least
 * Squares Problems" (1974) §23. The intervals hold whatever the variances really are: HC3 of MacKinnon & White,
 * "Some heteroskedasticity-consistent covariance matrix estimators" (1985), with Student's t.
 * @returns undefined when there are too few equations, or the unknowns do not follow from them
 */
export function fitLinear(
  equations: readonly Equation[],
  confidence = CONFIDENCE,
): LinearFit | undefined {
  const size = equations[0]?.amounts.length ?? 0;
  if (size === 0 || equations.length <= size) return undefined;
  const scales = scalesOf(equations, size);
  const { gram, moments } = normalOf(equations, scales);
  const inverse = inverseOf(gram);
  if (!inverse) return undefined;
  const free = productOf(inverse, moments);
  const bounded = nonNegative(gram, moments) ?? free.map((it) => Math.max(0, it));
  const errors = robustErrors(equations, { inverse, scales, solution: free });
  const t = studentTQuantile(1 - (1 - confidence) / 2, equations.length - size);
  return {
    values: bounded.map((it, at) => it / scales[at]!),
    intervals: free.map((it, at) => ({
      low: (it - t * errors[at]!) / scales[at]!,
      high: (it + t * errors[at]!) / scales[at]!,
      confidence,
    })),
  };
}

/**
 * Share of an unknown's amounts that the amounts of the others do not explain: 0 where it cannot be told from them,
 * or stands in no equation.
 */
export function distinctness(equations: readonly Equation[]): number[] {
  const size = equations[0]?.amounts.length ?? 0;
  const scales = scalesOf(equations, size);
  const { gram } = normalOf(equations, scales);
  return scales.map((scale, at) => {
    if (scale === 0) return 0;
    const others = scales.flatMap((it, other) => (other === at || it === 0 ? [] : [other]));
    return 1 - explained(gram, at, others);
  });
}

/** By Gram-Schmidt over the others, so that they may depend on each other. */
function explained(gram: Matrix, at: number, others: readonly number[]): number {
  const order = [...others, at];
  const factor: number[][] = [];
  let rest = 0;
  for (const [row, left] of order.entries()) {
    const line: number[] = [];
    let square = gram[left]![left]!;
    for (let column = 0; column < row; column++) {
      const pivot = factor[column]![column]!;
      let value = gram[left]![order[column]!]!;
      for (let inner = 0; inner < column; inner++) value -= line[inner]! * factor[column]![inner]!;
      line.push(pivot === 0 ? 0 : value / pivot);
      square -= line[column]! ** 2;
    }
    rest = Math.max(0, square);
    line.push(rest < NOTHING ? 0 : Math.sqrt(rest));
    factor.push(line);
  }
  return 1 - rest;
}

/** What rounding leaves of a column of length 1. */
const NOTHING = 1e-11;

/** What brings every column to length 1; lengths in tokens squared and counts of steps meet in one matrix. */
function scalesOf(equations: readonly Equation[], size: number): number[] {
  return Array.from({ length: size }, (_, at) =>
    Math.sqrt(equations.reduce((sum, { amounts, weight }) => sum + weight * amounts[at]! ** 2, 0)),
  );
}

function normalOf(equations: readonly Equation[], scales: readonly number[]) {
  const gram: number[][] = scales.map(() => scales.map(() => 0));
  const moments = scales.map(() => 0);
  for (const { amounts, y, weight } of equations) {
    const scaled = scaledOf(amounts, scales);
    for (const [row, left] of scaled.entries()) {
      moments[row]! += weight * left * y;
      for (const [column, right] of scaled.entries()) gram[row]![column]! += weight * left * right;
    }
  }
  return { gram, moments };
}

function scaledOf(amounts: readonly number[], scales: readonly number[]): number[] {
  return amounts.map((it, at) => (scales[at] === 0 ? 0 : it / scales[at]!));
}

/** Undefined when it does not settle, which rounding can bring about. */
function nonNegative(gram: Matrix, moments: readonly number[]): number[] | undefined {
  const size = moments.length;
  let values = moments.map(() => 0);
  const active = new Set<number>();
  for (let round = 0; round < 3 * size; round++) {
    const gradient = moments.map((it, at) => it - productOf(gram, values)[at]!);
    const best = largestOf(gradient, active);
    if (best === undefined) return values;
    active.add(best);
    const next = within(values, active, { gram, moments });
    if (!next) return undefined;
    values = next;
  }
  return undefined;
}

function largestOf(gradient: readonly number[], active: ReadonlySet<number>): number | undefined {
  const candidates = gradient
    .map((value, at) => ({ value, at }))
    .filter(({ value, at }) => !active.has(at) && value > 1e-10);
  return candidates.toSorted((a, b) => b.value - a.value)[0]?.at;
}

/** The best values of the active unknowns; those that would go below 0 leave the set at 0. */
function within(
  from: readonly number[],
  active: Set<number>,
  { gram, moments }: { gram: Matrix; moments: readonly number[] },
): number[] | undefined {
  let values = [...from];
  for (let round = 0; round <= from.length; round++) {
    const members = [...active];
    const inverse = inverseOf(members.map((row) => members.map((column) => gram[row]![column]!)));
    if (!inverse) return undefined;
    const solved = productOf(
      inverse,
      members.map((it) => moments[it]!),
    );
    const next = from.map(() => 0);
    for (const [at, member] of members.entries()) next[member] = solved[at]!;
    const below = members.filter((it) => next[it]! <= 0);
    if (below.length === 0) return next;
    const way = Math.min(...below.map((it) => values[it]! / (values[it]! - next[it]!)));
    values = values.map((it, at) => it + way * (next[at]! - it));
    for (const it of members) if (values[it]! <= 1e-12) active.delete(it);
  }
  return undefined;
}

/** HC3: each residual as if its equation had not been in the fit. */
function robustErrors(
  equations: readonly Equation[],
  { inverse, scales, solution }: { inverse: Matrix; scales: readonly number[]; solution: number[] },
): number[] {
  const variances = scales.map(() => 0);
  for (const { amounts, y, weight } of equations) {
    const scaled = scaledOf(amounts, scales);
    const influence = productOf(inverse, scaled);
    const leverage = weight * dot(influence, scaled);
    const residual = (y - dot(scaled, solution)) / Math.max(1e-9, 1 - leverage);
    for (const [at, it] of influence.entries()) variances[at]! += (weight * it * residual) ** 2;
  }
  return variances.map(Math.sqrt);
}

function dot(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, it, at) => sum + it * right[at]!, 0);
}
