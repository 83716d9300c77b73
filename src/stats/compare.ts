import { createRandom, mixSeed } from '../base/random.ts';
import { type BlockSpread, blockSpread } from './block-spread.ts';
import { blockBootstrap, ROUNDS_MIN } from './bootstrap.ts';
import type { Interval } from './interval.ts';
import { percentile, pooled, sortedCopy } from './percentile.ts';
import { type Detectable, detectableCut } from './power.ts';
import { type Resolution, resolutionOf } from './resolution.ts';
import { type SignFlipResult, signFlipTest } from './sign-flip.ts';
import { type Verdict, verdictOf } from './verdict.ts';

/** The blocks of two arms measured in one round. Values are positive, lower is better (ms). */
export interface Pair {
  base: ArrayLike<number>;
  treated: ArrayLike<number>;
}

export interface CompareOptions {
  seed: number;
  /** 0..100; default 95. */
  percent?: number;
  /** See `VerdictEvidence`; default 0.05. */
  margin?: number;
  /** Two-sided, of the interval and of the confirming test; default 0.95. */
  confidence?: number;
}

export interface Comparison {
  percent: number;
  pairs: number;
  /** Pairs left out because one of their blocks had no value. */
  pairsDropped: number;
  base: ArmFigure;
  treated: ArmFigure;
  /** Treated ÷ base of the pooled percentiles; undefined without data or with a base of 0. */
  ratio: number | undefined;
  /** Block bootstrap of the ratio. */
  interval: Interval | undefined;
  /** On ln(treated ÷ base) of each pair's own percentile. */
  signFlip: SignFlipResult;
  /** Undefined without an interval. */
  spread: BlockSpread | undefined;
  /** Smallest cut that would have been found, or why there is no saying. */
  detectable: Detectable;
  verdict: Verdict;
  /** Why the verdict is inconclusive; empty otherwise. */
  reason: string;
}

export interface ArmFigure {
  n: number;
  value: number | undefined;
  resolution: Resolution;
}

/** Compares one percentile of two arms measured in paired blocks. Seeded: equal data, equal answer. */
export function compareArms(allPairs: readonly Pair[], options: CompareOptions): Comparison {
  const { percent = 95, margin = 0.05 } = options;
  const pairs = allPairs.filter(({ base, treated }) => base.length > 0 && treated.length > 0);
  const base = pooled(pairs.map((pair) => pair.base));
  const treated = pooled(pairs.map((pair) => pair.treated));
  const common = {
    percent,
    pairs: pairs.length,
    pairsDropped: allPairs.length - pairs.length,
    base: armFigure(base, percent),
    treated: armFigure(treated, percent),
  };
  if (pairs.length === 0 || !(base[0]! > 0 && treated[0]! > 0)) return undecided(common);
  const logRatios = pairs.map((pair) => logRatio(pair, percent));
  const signFlip = signFlipTest(logRatios, createRandom(mixSeed(options.seed, 'sign-flip')));
  const spread = isResolved(common) ? blockSpread(pairs, percent) : undefined;
  const interval = spread && ratioInterval(pairs, spread, { ...options, percent });
  const verdict = verdictOf({ interval, p: signFlip.p, margin });
  const decided = { ...common, interval, signFlip, verdict };
  return {
    ...decided,
    ratio: ratioOf(common),
    spread,
    detectable: spread ? detectableCut(interval, logRatios, spread) : UNKNOWN_CUT,
    reason: verdict === 'inconclusive' ? reasonOf(decided, margin) : '',
  };
}

const UNKNOWN_CUT: Detectable = { cut: undefined, reason: 'There is no interval to go by.' };

type Figures = Pick<Comparison, 'percent' | 'pairs' | 'pairsDropped' | 'base' | 'treated'>;

function undecided(common: Figures): Comparison {
  return {
    ...common,
    ratio: undefined,
    interval: undefined,
    signFlip: { p: 1, pairs: 0, smallestP: 1, isExact: true },
    spread: undefined,
    detectable: UNKNOWN_CUT,
    verdict: 'inconclusive',
    reason: 'No pair of blocks has positive values in both arms.',
  };
}

function isResolved({ base, treated }: Figures): boolean {
  return base.resolution === 'resolved' && treated.resolution === 'resolved';
}

function ratioOf({ base, treated }: Figures): number | undefined {
  if (base.value === undefined || treated.value === undefined) return undefined;
  return treated.value / base.value;
}

function ratioInterval(
  pairs: readonly Pair[],
  { degrees }: BlockSpread,
  { seed, percent, confidence }: CompareOptions & { percent: number },
): Interval | undefined {
  const arms = [pairs.map((pair) => pair.base), pairs.map((pair) => pair.treated)];
  return blockBootstrap(arms, ([base, treated]) => treated! / base!, {
    percent,
    degrees,
    random: createRandom(mixSeed(seed, 'bootstrap')),
    ...(confidence !== undefined && { confidence }),
  });
}

function logRatio({ base, treated }: Pair, percent: number): number {
  return Math.log(percentile(sortedCopy(treated), percent) / percentile(sortedCopy(base), percent));
}

export function armFigure(sorted: Float64Array, percent: number): ArmFigure {
  const resolution = resolutionOf(percent, sorted.length);
  const value = resolution === 'hidden' ? undefined : percentile(sorted, percent);
  return { n: sorted.length, value, resolution };
}

function reasonOf(
  found: Figures & Pick<Comparison, 'interval' | 'signFlip'>,
  margin: number,
): string {
  if (found.pairs < ROUNDS_MIN) {
    return `${found.pairs} pairs of blocks are too few: at least ${ROUNDS_MIN} are needed.`;
  }
  if (found.interval === undefined) {
    const n = Math.min(found.base.n, found.treated.n);
    return `p${found.percent} is not resolved by ${n} samples per arm.`;
  }
  if (found.interval.high < 1 || found.interval.low > 1) {
    const p = found.signFlip.p.toPrecision(2);
    return `The interval rules out that nothing changed, but the sign-flip test does not confirm it (p = ${p}).`;
  }
  return `It may make no difference or take over ${margin * 100} % longer; the interval holds both.`;
}
