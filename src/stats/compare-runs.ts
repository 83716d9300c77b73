import { type ArmFigure, armFigure } from './compare.ts';
import { meanOf, sumOf } from '../base/lists.ts';
import type { Interval } from './interval.ts';
import { normalQuantile } from './normal.ts';
import { percentile, pooled, sortedCopy } from './percentile.ts';
import { studentTCdf, studentTQuantile } from './student-t.ts';
import { type Verdict, verdictOf } from './verdict.ts';

export interface CompareRunsOptions {
  /** 0..100. */
  percent: number;
  /** See `VerdictEvidence`. */
  margin: number;
  /** At most so many per run: few enough that what disturbs one is nearly over in the next. */
  batches: number;
}

/** One percentile of two runs that were measured apart. */
export interface RunsFigures {
  percent: number;
  base: RunFigure;
  head: RunFigure;
  /** Head ÷ base of the geometric means of the blocks' percentiles. */
  ratio: number | undefined;
  interval: Interval | undefined;
  /** Two-sided, that the ratio is 1. */
  p: number | undefined;
  /** Requests per run that would find a slowdown by {@link WORTH_FINDING} four times out of five. */
  enough: number | undefined;
  verdict: Verdict;
  /** Why the verdict is inconclusive; empty otherwise. */
  reason: string;
}

/** `value` is of all values together. */
export interface RunFigure extends ArmFigure {
  blocks: number;
  /** Whether every value is above 0, as its logarithm needs. */
  isPositive: boolean;
}

/** Below it the spread between blocks says nothing. */
const BLOCKS_MIN = 6;
/**
 * 4 % in each tail. Batches are a little too sure of themselves when disturbances outlast one;
 * calibrated so that unchanged runs are called slower in less than 5 % even then.
 */
const CONFIDENCE = 0.92;
/** What a comparison should not miss, as a share. */
export const WORTH_FINDING = 0.2;
const POWER = 0.8;

/**
 * Two runs share no rounds, so nothing cancels between them and there is nothing to pair. The logarithms
 * of the blocks' own percentiles are averaged over batches of neighbouring blocks, which takes most of
 * the correlation between blocks out, and the batches of the two runs are compared by Welch's t. The
 * mean over blocks varies less than the percentile of all values together.
 * Sources: Welch, "The Generalization of 'Student's' Problem when Several Different Population Variances
 * are Involved" (1947); Law, "Simulation Modeling and Analysis", §9.5.3 (batch means).
 * @param base, head per block, in the order measured, the values; positive, lower is better (ms)
 */
export function compareRuns(
  base: readonly ArrayLike<number>[],
  head: readonly ArrayLike<number>[],
  { percent, margin, batches }: CompareRunsOptions,
): RunsFigures {
  const common = { percent, base: figureOf(base, percent), head: figureOf(head, percent) };
  const reason = tooLittle(common);
  if (reason !== '') return { ...common, ...UNKNOWN, reason };
  const [before, after] = [base, head].map((blocks) => batchesOf(blocks, percent, batches)) as [
    number[],
    number[],
  ];
  const { difference, error, degrees } = welch(before, after);
  const quantile = studentTQuantile(1 - (1 - CONFIDENCE) / 2, degrees);
  const reach = quantile * error;
  const n = Math.min(common.base.n, common.head.n);
  const shrink = ((quantile + normalQuantile(POWER)) * error) / Math.log(1 + WORTH_FINDING);
  const interval = {
    low: Math.exp(difference - reach),
    high: Math.exp(difference + reach),
    confidence: CONFIDENCE,
  };
  const p = error === 0 ? Number(difference === 0) : twoSidedP(difference / error, degrees);
  const verdict = verdictOf({ interval, p, margin });
  return {
    ...common,
    ratio: Math.exp(difference),
    interval,
    p,
    enough: Math.ceil(n * shrink ** 2),
    verdict,
    reason:
      verdict === 'inconclusive'
        ? `It may make no difference or take over ${margin * 100} % longer; the interval holds both.`
        : '',
  };
}

const UNKNOWN = {
  ratio: undefined,
  interval: undefined,
  p: undefined,
  enough: undefined,
  verdict: 'inconclusive',
} as const;

function figureOf(blocks: readonly ArrayLike<number>[], percent: number): RunFigure {
  const all = pooled(blocks);
  const isPositive = all.length > 0 && all[0]! > 0;
  return { ...armFigure(all, percent), blocks: blocks.length, isPositive };
}

function tooLittle({
  percent,
  base,
  head,
}: Pick<RunsFigures, 'percent' | 'base' | 'head'>): string {
  const blocks = Math.min(base.blocks, head.blocks);
  if (blocks < BLOCKS_MIN) {
    return `${blocks} blocks are too few: at least ${BLOCKS_MIN} per run are needed.`;
  }
  if (!base.isPositive || !head.isPositive) return 'Some values are not above 0.';
  const n = Math.min(base.n, head.n);
  if (base.resolution !== 'resolved' || head.resolution !== 'resolved') {
    return `p${percent} is not resolved by ${n} samples per run.`;
  }
  return '';
}

/** Mean ln percentile of each batch of neighbouring blocks. */
function batchesOf(
  blocks: readonly ArrayLike<number>[],
  percent: number,
  batchesMax: number,
): number[] {
  const logs = blocks.map((block) => Math.log(percentile(sortedCopy(block), percent)));
  const count = Math.min(batchesMax, logs.length);
  const edge = (batch: number): number => Math.round((batch * logs.length) / count);
  return Array.from({ length: count }, (_, batch) =>
    meanOf(logs.slice(edge(batch), edge(batch + 1)))!,
  );
}

function welch(
  base: readonly number[],
  head: readonly number[],
): { difference: number; error: number; degrees: number } {
  const [before, after] = [squaredError(base), squaredError(head)];
  const sum = before + after;
  const degrees = sum ** 2 / (before ** 2 / (base.length - 1) + after ** 2 / (head.length - 1));
  return {
    difference: meanOf(head)! - meanOf(base)!,
    error: Math.sqrt(sum),
    // Rounded down: fewer are the more careful claim.
    degrees: Number.isNaN(degrees) ? 1 : Math.max(1, Math.floor(degrees)),
  };
}

/** Of the mean. */
function squaredError(values: readonly number[]): number {
  const middle = meanOf(values)!;
  const squares = sumOf(values, (value) => (value - middle) ** 2);
  return squares / (values.length - 1) / values.length;
}

function twoSidedP(t: number, degrees: number): number {
  return 2 * (1 - studentTCdf(Math.abs(t), degrees));
}
