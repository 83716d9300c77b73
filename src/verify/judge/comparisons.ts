import { groupBy } from '../../base/lists.ts';
import type { Outcome } from '../../base/outcome.ts';
import { createRandom, mixSeed } from '../../base/random.ts';
import { countedMs } from '../../load/aggregate.ts';
import { blockBootstrap } from '../../stats/bootstrap.ts';
import { compareArms, type Pair } from '../../stats/compare.ts';
import { percentile, sortedCopy } from '../../stats/percentile.ts';
import { type MeasuredSample, ofArm } from '../evidence/measured.ts';
import type { ObservedRun } from '../evidence/observed-run.ts';
import type { ArmId, Comparison, ComparisonId } from '../result/result-arms.ts';
import { ttftOfHit } from './money.ts';

export interface CompareOptions {
  seed: number;
  /** How much slower still counts as not worse, as a share. */
  margin: number;
  /** Why routing cannot be judged, whatever was measured; null when it can. */
  refusal?: string | null;
}

interface Recipe {
  id: ComparisonId;
  claim: string;
  base: ArmId;
  treatment: ArmId;
  metric: Comparison['metric'];
  percent: number;
  /** Only certain hits count: what is compared is the way there. */
  isOfHits?: boolean;
  /** A gain that somebody claims; the others tell a cost or a control. */
  isGain?: boolean;
  /** What stands in where arms that would tell more cannot be measured. */
  isOnlyWithout?: readonly ArmId[];
}

const TTFT_P95 = { metric: 'ttft', percent: 95 } as const;

const RECIPES: readonly Recipe[] = [
  {
    id: 'cache-gain',
    claim: 'A cached prefix lowers TTFT: P (cold) against D (warm), both straight at the engine.',
    base: 'P',
    treatment: 'D',
    ...TTFT_P95,
    isGain: true,
  },
  {
    id: 'routing-gain',
    claim: 'Routing lowers TTFT: B (routing off) against C (routing on).',
    base: 'B',
    treatment: 'C',
    ...TTFT_P95,
    isGain: true,
  },
  {
    id: 'gateway-tax',
    claim: 'The gateway adds nothing on certain hits: D (direct) against C (through it).',
    base: 'D',
    treatment: 'C',
    metric: 'ttft',
    percent: 50,
    isOfHits: true,
  },
  {
    id: 'null',
    claim: 'The same arm measured twice shows no difference: C against N.',
    base: 'C',
    treatment: 'N',
    ...TTFT_P95,
  },
  {
    id: 'cache-and-routing',
    claim: 'Cache and routing together lower TTFT: A (uncacheable) against C (cacheable).',
    base: 'A',
    treatment: 'C',
    ...TTFT_P95,
    isGain: true,
    isOnlyWithout: ['B', 'D'],
  },
  {
    id: 'old-script',
    claim: 'Baseline against cached as verify.sh compared them: A against C, end to end.',
    base: 'A',
    treatment: 'C',
    metric: 'latency',
    percent: 95,
  },
];

/** Every comparison whose arms were both measured. */
export function compareAll(run: ObservedRun, options: CompareOptions): Comparison[] {
  const isMeasured = (arm: ArmId): boolean => ofArm(run.samples, arm).length > 0;
  const ratios = RECIPES.filter(
    ({ base, treatment, isOnlyWithout = [] }) =>
      isMeasured(base) && isMeasured(treatment) && !isOnlyWithout.some(isMeasured),
  ).map((recipe) => compare(recipe, run, options));
  const efficiency = routingEfficiency(run, options);
  return efficiency ? [...ratios, efficiency] : ratios;
}

function compare(recipe: Recipe, run: ObservedRun, options: CompareOptions): Comparison {
  const { id, claim, base: baseArm, treatment, metric, percent } = recipe;
  const base = blocksOf(run, recipe.base, { ...recipe, isBase: true });
  const treated = blocksOf(run, recipe.treatment, { ...recipe, isBase: false });
  const pairs = [...base].flatMap(([round, values]): Pair[] => {
    const other = treated.get(round);
    return other ? [{ base: values, treated: other }] : [];
  });
  const seed = mixSeed(options.seed, recipe.id);
  const found = compareArms(pairs, { seed, percent, margin: options.margin });
  return {
    id,
    claim,
    base: baseArm,
    treatment,
    metric,
    statistic: `p${percent}`,
    kind: 'ratio' as const,
    baseMs: found.base.value ?? null,
    treatmentMs: found.treated.value ?? null,
    value: found.ratio ?? null,
    interval: found.interval ?? null,
    pValue: found.pairs === 0 ? null : found.signFlip.p,
    pairs: found.pairs,
    ...judgedGain(recipe, found, options),
    baseFailures: ofArm(run.samples, recipe.base).filter((it) => it.failure !== undefined).length,
    minimumDetectableEffect: found.detectable.cut ?? null,
  };
}

type GainOutcome = Extract<Outcome, 'pass' | 'fail' | 'inconclusive'>;
type Judged = Pick<Comparison, 'outcome' | 'verdict' | 'reason'>;
type Found = ReturnType<typeof compareArms>;

/** Outcome, direction and reason of one gain say the same; of anything else there is no outcome. */
function judgedGain({ id, isGain }: Recipe, found: Found, options: CompareOptions): Judged {
  if (!isGain) return { outcome: null, verdict: found.verdict, reason: found.reason };
  if (id === 'routing-gain' && options.refusal) {
    return { outcome: 'inconclusive', verdict: 'inconclusive', reason: options.refusal };
  }
  const outcome = gainOutcome(found, options.margin);
  const share = `${options.margin * 100} %`;
  switch (outcome) {
    case 'pass':
      return { outcome, verdict: 'better', reason: '' };
    case 'fail':
      return found.verdict === 'worse'
        ? { outcome, verdict: 'worse', reason: '' }
        : { outcome, verdict: 'no-gain', reason: `A gain above ${share} is ruled out.` };
    case 'inconclusive': {
      const both = `It may gain nothing or over ${share}; the interval holds both.`;
      return { outcome, verdict: 'inconclusive', reason: found.reason || both };
    }
  }
}

/**
 * A gain is claimed only for certain, its absence too: the interval must lie below 1 and the sign-flip
 * test confirm it, or the interval must rule out every gain larger than the margin.
 */
function gainOutcome({ verdict, interval }: Found, margin: number): GainOutcome {
  if (verdict === 'better') return 'pass';
  if (verdict === 'worse') return 'fail';
  return interval !== undefined && interval.low > 1 - margin ? 'fail' : 'inconclusive';
}

interface Taken {
  metric: Comparison['metric'];
  isOfHits?: boolean;
  isBase: boolean;
}

/**
 * Values by round. A failure never helps the claim that the treatment is faster: in the treatment it
 * counts at the time limit; in the base it is left out.
 */
function blocksOf(run: ObservedRun, arm: ArmId, taken: Taken): Map<number, number[]> {
  // In the order of the rounds: which sample happens to be there first must not move an interval.
  const inOrder = ofArm(run.samples, arm).toSorted((a, b) => a.block - b.block);
  return groupBy(
    inOrder,
    (it) => it.block,
    (it) => valueOf(it, run, taken),
  );
}

function valueOf(
  sample: MeasuredSample,
  run: ObservedRun,
  { metric, isOfHits, isBase }: Taken,
): number | null {
  if (isBase && sample.failure !== undefined) return null;
  return isOfHits ? ttftOfHit(sample, run) : (countedMs(sample, metric, run.timeoutMs) ?? null);
}

const EFFICIENCY_PERCENT = 95;

/** (B − C)/(B − D) on the p95 of TTFT: the share of the possible gain that routing delivers. */
function routingEfficiency(run: ObservedRun, { seed }: CompareOptions): Comparison | undefined {
  const [b, c, d] = (['B', 'C', 'D'] as const).map((arm) =>
    blocksOf(run, arm, { metric: 'ttft', isBase: arm !== 'C' }),
  );
  const rounds = [...b!.keys()].filter((round) => c!.has(round) && d!.has(round));
  if (rounds.length === 0) return undefined;
  const arms = [b!, c!, d!].map((blocks) => rounds.map((round) => blocks.get(round)!));
  // A share of nothing is no number: then there is no interval either.
  const share = ([off, on, direct]: ArrayLike<number> & Iterable<number>): number =>
    off! > direct! ? (off! - on!) / (off! - direct!) : Number.NaN;
  const pooled = arms.map((blocks) => percentile(sortedCopy(blocks.flat()), EFFICIENCY_PERCENT));
  const isGainPossible = pooled[0]! > pooled[2]!;
  const interval = isGainPossible
    ? blockBootstrap(arms, share, {
        percent: EFFICIENCY_PERCENT,
        random: createRandom(mixSeed(seed, 'routing-efficiency')),
      })
    : undefined;
  return {
    id: 'routing-efficiency',
    claim: 'Share of the possible gain that routing delivers: (B − C)/(B − D).',
    base: 'B',
    treatment: 'C',
    metric: 'ttft',
    statistic: `p${EFFICIENCY_PERCENT}`,
    kind: 'share',
    baseMs: pooled[0]!,
    treatmentMs: pooled[1]!,
    value: isGainPossible ? share(pooled) : null,
    interval: interval ?? null,
    outcome: null,
    pValue: null,
    pairs: rounds.length,
    verdict: 'not-judged',
    reason: isGainPossible
      ? 'A share has no better or worse; set a threshold on routing_efficiency to judge it.'
      : 'Routing off is as fast as asking the holder directly: there is nothing to gain.',
    baseFailures: 0,
    minimumDetectableEffect: null,
  };
}
