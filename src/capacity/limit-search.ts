import type { Verdict } from './step-judge.ts';

/** What is searched along: from what is easy to keep to what is hard. */
export interface Axis {
  start: number;
  /**
   * Whether chance plays a part. Then the value that is found has to hold twice, and a harder one that fails for
   * certain is looked for, too.
   */
  isNoisy: boolean;
  isHarder: (a: number, b: number) => boolean;
  /** The next value to try where `at` holds and nothing harder is known; undefined at the end. */
  harder: (at: number) => number | undefined;
  /** Where `at` does not hold and nothing easier is known. */
  easier: (at: number) => number | undefined;
  /** Undefined where the two are as near to each other as is wanted. */
  between: (held: number, refused: number) => number | undefined;
}

/** `closed`: the limit is known as well as was wanted. `never`, `always`: at no value, at every one. */
export type SearchEnd = 'closed' | 'never' | 'always';

export interface Tried {
  at: number;
  verdict: Verdict;
}

/** Where the limit lies; null where no value is known on that side. */
export interface Limit {
  /** Hardest value that held before any that did not. */
  held: number | null;
  /** Easiest one that did not: failed, or was undecided. */
  refused: number | null;
  /** Easiest one that failed for certain. */
  failed: number | null;
}

export function limitOf({ isHarder }: Axis, tried: readonly Tried[]): Limit {
  const at = (...verdicts: Verdict[]): number[] =>
    tried.filter((it) => verdicts.includes(it.verdict)).map((it) => it.at);
  const easiest = (values: readonly number[]): number | null =>
    values.reduce<number | null>((a, b) => (a === null || isHarder(a, b) ? b : a), null);
  const failed = easiest(at('fails'));
  const doubted = new Set(at('fails', 'undecided'));
  const held = at('holds')
    .filter((it) => !doubted.has(it) && (failed === null || isHarder(failed, it)))
    .reduce<number | null>((a, b) => (a === null || isHarder(b, a) ? b : a), null);
  const refused = easiest([...doubted].filter((it) => held === null || isHarder(it, held)));
  return { held, refused, failed };
}

/**
 * What to try next for the hardest value that holds: outwards from the start until it is between two tried ones,
 * then between them. What is undecided counts as not held. It takes for granted that harder values never do better.
 */
export function nextAlong(axis: Axis, tried: readonly Tried[]): number | SearchEnd {
  if (tried.length === 0) return axis.start;
  const { held, refused } = limitOf(axis, tried);
  if (refused === null) return axis.harder(held!) ?? 'always';
  if (held === null) return axis.easier(refused) ?? 'never';
  const between = axis.between(held, refused);
  if (between !== undefined) return between;
  return (axis.isNoisy ? nextToBeSure(axis, tried) : undefined) ?? 'closed';
}

/** What is left to try where hardly anything lies between what held and what did not. */
function nextToBeSure(axis: Axis, tried: readonly Tried[]): number | undefined {
  const { held, failed } = limitOf(axis, tried);
  if (tried.filter(({ at }) => at === held).length < 2) return held!;
  const below = tried.map(({ at }) => at).filter((at) => failed === null || at < failed);
  const hardest = Math.max(...below);
  if (failed === null) return axis.harder(hardest);
  return failed / hardest > NEAR ? axis.between(hardest, failed) : undefined;
}

/** What fails for certain is looked for this near to what does not. */
const NEAR = 1.15;

/** Values next to each other differ by no more than this share in the end. */
const CLOSE = 0.03;

/** As many digits as a search tells apart. */
function readable(rate: number): number {
  return Number(rate.toPrecision(3));
}

/** Rates, from `start` by doubling and halving; within `least` to `most`. */
export function rateAxis(start: number, { least, most }: { least: number; most: number }): Axis {
  return {
    start: readable(Math.min(most, Math.max(least, start))),
    isNoisy: true,
    isHarder: (a, b) => a > b,
    harder: (at) => (at >= most ? undefined : Math.min(most, readable(2 * at))),
    easier: (at) => (at <= least ? undefined : Math.max(least, readable(at / 2))),
    between: (held, refused) =>
      refused / held <= 1 + CLOSE ? undefined : readable(Math.sqrt(held * refused)),
  };
}

/** Fleets, where fewer engines are harder: one, then twice as many, at most `most`. */
export function engineAxis(most: number): Axis {
  return {
    start: 1,
    isNoisy: false,
    isHarder: (a, b) => a < b,
    harder: () => undefined,
    easier: (at) => (at >= most ? undefined : Math.min(most, 2 * at)),
    between: (held, refused) => (held - refused <= 1 ? undefined : (held + refused) >> 1),
  };
}
