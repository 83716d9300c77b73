import type { Interval } from '../../stats/interval.ts';
import type { Observation } from '../observe/observation.ts';
import { type TermName, TERMS } from '../terms.ts';
import { fitTerms, indistinct, type TermFit } from './fit-terms.ts';
import type { TermValues } from './weights.ts';

/**
 * `known`: its interval is within 3 % of it. `rough`: it is above 0 for certain, but not as closely known.
 * `tied`: only together with the terms it is given. `at-most`: 0 cannot be ruled out, what the base profile has can.
 * `unknown`: the base profile's value was kept.
 */
export type TermStatus = 'known' | 'rough' | 'tied' | 'at-most' | 'unknown';

export interface FittedTerm {
  name: TermName;
  value: number;
  /** Null where nothing was fitted. */
  interval: Interval | null;
  status: TermStatus;
  /** Terms whose base values it rests on. */
  given: readonly TermName[];
}

export interface Fitted {
  terms: FittedTerm[];
  fit: TermFit;
}

/** Half of an interval within this share of the value makes it known: hardly ever is it off by 5 % then. */
const KNOWN_WITHIN = 0.03;

/**
 * Fits what can be fitted. A term that nothing tells from the others keeps its base value, and so does one of which
 * neither 0 nor the base value can be ruled out; the others are then fitted given it.
 * @returns undefined when nothing can be fitted
 */
export function judgeTerms(
  observations: readonly Observation[],
  base: TermValues,
): Fitted | undefined {
  const all = TERMS.map(({ name }) => name);
  const { free: separable, given } = separableOf(observations, all, base);
  const full = fitTerms(observations, separable, base);
  if (!full) return undefined;
  let free = separable;
  let fit = full;
  // What a term may be instead that keeps its base value.
  const otherwise = new Map(given.map((name) => [name, base[name] * OFF_BY || OFF_FROM_0]));
  for (;;) {
    const weak = weakest(free, fit, base);
    if (weak === undefined) break;
    otherwise.set(weak, full.intervals.get(weak)!.high);
    free = free.filter((it) => it !== weak);
    const next = fitTerms(observations, free, base);
    if (!next) return undefined;
    fit = next;
  }
  const tied = tiedTo(observations, { fit, free, given, otherwise }, base);
  const kept = { fit, full, free, given, tied };
  return { fit, terms: all.map((name) => judged(name, kept)) };
}

/** Less than the base profile's value leaves the others room, so that none of them ends at 0. */
const OFF_BY = 1 / 3;
const OFF_FROM_0 = 1e-3;

/** Gives up the least important of those that cannot be told apart, until all can. */
function separableOf(
  observations: readonly Observation[],
  all: readonly TermName[],
  base: TermValues,
) {
  let free = [...all];
  const given: TermName[] = [];
  for (;;) {
    const last = indistinct(observations, free, base).at(-1);
    if (last === undefined) return { free, given };
    free = free.filter((it) => it !== last);
    if (observations.some(({ amounts }) => amounts[last])) given.push(last);
  }
}

/**
 * By term those on which its value rests: one that nothing tells from it may be anything, so that every shift counts;
 * one that is not known moves it out of its interval's middle.
 */
function tiedTo(
  observations: readonly Observation[],
  of: {
    fit: TermFit;
    free: readonly TermName[];
    given: readonly TermName[];
    otherwise: ReadonlyMap<TermName, number>;
  },
  base: TermValues,
): Map<TermName, TermName[]> {
  const { fit, free, given, otherwise } = of;
  const tied = new Map<TermName, TermName[]>();
  for (const [name, value] of otherwise) {
    const moved = fitTerms(observations, free, { ...base, [name]: value });
    for (const it of free) {
      const shift = Math.abs((moved?.values ?? fit.values)[it] - fit.values[it]);
      const { low, high } = fit.intervals.get(it)!;
      const leeway = given.includes(name) ? 0 : (high - low) / 4;
      if (shift > Math.max(leeway, ROUNDING * fit.values[it])) {
        tied.set(it, [...(tied.get(it) ?? []), name]);
      }
    }
  }
  return tied;
}

const ROUNDING = 1e-7;

/** The one of which least is known, among those of which nothing is. */
function weakest(
  free: readonly TermName[],
  { intervals }: TermFit,
  base: TermValues,
): TermName | undefined {
  const nothingKnown = free.filter((name) => {
    const { low, high } = intervals.get(name)!;
    return low <= 0 && high >= base[name] && high > 0;
  });
  const width = (name: TermName): number => intervals.get(name)!.high / (base[name] || 1);
  return nothingKnown.toSorted((a, b) => width(b) - width(a))[0];
}

function judged(
  name: TermName,
  kept: {
    fit: TermFit;
    full: TermFit;
    free: readonly TermName[];
    given: readonly TermName[];
    tied: ReadonlyMap<TermName, readonly TermName[]>;
  },
): FittedTerm {
  const { fit, full, free, given, tied } = kept;
  const value = fit.values[name];
  if (!free.includes(name)) return { name, value, interval: null, status: 'unknown', given: [] };
  const own = fit.intervals.get(name)!;
  const rests = tied.get(name) ?? [];
  // Where only terms of which nothing is known move it, the whole fit says how far they may.
  const wide = hullOf(own, full.intervals.get(name)!);
  const isBounded = rests.length > 0 && !rests.some((it) => given.includes(it)) && wide.low > 0;
  const { interval, on } = isBounded
    ? { interval: wide, on: [] }
    : { interval: { ...own, low: Math.max(0, own.low) }, on: rests };
  return { name, value, interval, status: statusOf(value, interval, on), given: on };
}

function hullOf(left: Interval, right: Interval): Interval {
  return { ...left, low: Math.min(left.low, right.low), high: Math.max(left.high, right.high) };
}

function statusOf(value: number, { low, high }: Interval, given: readonly TermName[]): TermStatus {
  if (given.length > 0) return 'tied';
  if (low <= 0) return 'at-most';
  return (high - low) / 2 <= KNOWN_WITHIN * value ? 'known' : 'rough';
}
