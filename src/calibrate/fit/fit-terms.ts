import type { Interval } from '../../stats/interval.ts';
import { distinctness, type Equation, fitLinear } from '../../stats/linear-fit.ts';
import type { Observation } from '../observe/observation.ts';
import { type TermName, timeOf } from '../terms.ts';
import { FIRST_GUESS, type Noise, noiseOf, type TermValues, weightOf } from './weights.ts';

export interface TermFit {
  /** All terms: the fitted ones, and the others as they were given. */
  values: TermValues;
  intervals: ReadonlyMap<TermName, Interval>;
  noise: Noise;
  /** Observations that were left out, as nothing like them was seen. */
  outliers: number;
}

const ROUNDS = 4;

/**
 * The `free` terms by weighted least squares, the others as they are. The noise follows from the residuals, the
 * weights from the noise, and the residuals from the weights, a few times over.
 * @returns undefined when the terms do not follow from the observations
 */
export function fitTerms(
  observations: readonly Observation[],
  free: readonly TermName[],
  given: TermValues,
): TermFit | undefined {
  let used = observations;
  let fit = settled(used, free, given);
  if (!fit) return undefined;
  used = withoutOutliers(observations, fit);
  if (used.length < observations.length) fit = settled(used, free, given) ?? fit;
  return { ...fit, outliers: observations.length - used.length };
}

type Fit = Omit<TermFit, 'outliers'>;

function settled(
  observations: readonly Observation[],
  free: readonly TermName[],
  given: TermValues,
): Fit | undefined {
  let fit: Fit = {
    values: firstValues(observations, given),
    intervals: new Map(),
    noise: FIRST_GUESS,
  };
  for (let round = 0; round < ROUNDS; round++) {
    const next = fitLinear(equationsOf(observations, free, fit));
    if (!next) return undefined;
    const values = { ...given };
    for (const [at, name] of free.entries()) values[name] = next.values[at]!;
    const intervals = new Map(free.map((name, at) => [name, next.intervals[at]!]));
    fit = { values, intervals, noise: noiseOf(observations, values, fit.noise) };
  }
  return fit;
}

/** Whatever makes each kind about as long as it is: only the first round goes by it. */
function firstValues(observations: readonly Observation[], given: TermValues): TermValues {
  const steps = observations.filter((it) => it.kind === 'step');
  const firsts = observations.filter((it) => it.kind === 'first-token');
  const sum = (of: readonly number[]): number => of.reduce((all, it) => all + it, 0);
  const stepMs = steps.length === 0 ? 1 : sum(steps.map((it) => it.ms)) / steps.length;
  const tokens = sum(firsts.map(({ amounts }) => amounts.prefillMsPerToken ?? 0));
  const perToken = tokens === 0 ? 0 : sum(firsts.map((it) => it.ms)) / tokens;
  return { ...given, stepMs, prefillMsPerToken: perToken };
}

/** What the terms that are not free make of a time is taken off it. */
function equationsOf(
  observations: readonly Observation[],
  free: readonly TermName[],
  { values, noise }: Pick<Fit, 'values' | 'noise'>,
): Equation[] {
  const fixed = { ...values };
  for (const name of free) fixed[name] = 0;
  return observations.map((it) => ({
    amounts: free.map((name) => it.amounts[name] ?? 0),
    y: it.ms - timeOf(it.amounts, fixed),
    weight: weightOf(it, values, noise),
  }));
}

/** Terms that the observations cannot tell from the others, or never met. */
export function indistinct(
  observations: readonly Observation[],
  free: readonly TermName[],
  given: TermValues,
): TermName[] {
  const values = firstValues(observations, given);
  const shares = distinctness(equationsOf(observations, free, { values, noise: FIRST_GUESS }));
  return free.filter((_, at) => !(shares[at]! > DISTINCT_MIN));
}

const DISTINCT_MIN = 1e-7;

/** So many times the usual distance: what is further off was another process, a pause, a retry. */
const OUTLYING = 6;
/** Fewer have no usual distance. */
const KIND_MIN = 20;

function withoutOutliers(observations: readonly Observation[], { values }: Fit): Observation[] {
  const kinds = new Set(observations.map(({ kind }) => kind));
  return [...kinds].flatMap((kind) => {
    const members = observations
      .filter((it) => it.kind === kind)
      .map((it) => ({ it, distance: distanceOf(it, values) }));
    if (members.length < KIND_MIN) return members.map(({ it }) => it);
    const sorted = members.map(({ distance }) => distance).toSorted((a, b) => a - b);
    // The median distance of normal noise is 0.6745 of its deviation.
    const usual = sorted[sorted.length >> 1]! / 0.6745;
    return members
      .filter(({ distance }) => distance <= OUTLYING * usual + 0.01)
      .map(({ it }) => it);
  });
}

/** Relative to what was expected, but for ends, whose noise does not grow with them. */
function distanceOf({ kind, ms, amounts, steps }: Observation, values: TermValues): number {
  const expected = timeOf(amounts, values);
  const off = Math.abs(ms - expected);
  return kind === 'end' ? off : (off * Math.sqrt(steps)) / Math.max(expected, 0.1);
}
