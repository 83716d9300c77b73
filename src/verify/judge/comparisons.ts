import { createRandom, mixSeed } from '../../base/random.ts';
import { blockBootstrap } from '../../stats/bootstrap.ts';
import { type Pair, compareArms } from '../../stats/compare.ts';
import { percentile, sortedCopy } from '../../stats/percentile.ts';
import { ttftOfHit } from './money.ts';
import { type Observation, ofArm } from '../evidence/observation.ts';
import type { ArmId, Comparison, ComparisonId } from '../result/result-arms.ts';

export interface CompareOptions {
  seed: number;
  /** How much slower still counts as not worse, as a share. */
  margin: number;
}

interface Recipe {
  id: ComparisonId;
  claim: string;
  base: ArmId;
  treatment: ArmId;
  metric: Comparison['metric'];
  percent: number;
  value: (observation: Observation) => number | null;
}

const ttft = (it: Observation): number => it.ttftMs;

const RECIPES: readonly Recipe[] = [
  {
    id: 'cache-gain',
    claim: 'A cached prefix lowers TTFT: A (uncacheable) against D (at the holder).',
    base: 'A',
    treatment: 'D',
    metric: 'ttft',
    percent: 95,
    value: ttft,
  },
  {
    id: 'routing-gain',
    claim: 'Routing lowers TTFT: B (routing off) against C (routing on).',
    base: 'B',
    treatment: 'C',
    metric: 'ttft',
    percent: 95,
    value: ttft,
  },
  {
    id: 'gateway-tax',
    claim: 'The gateway adds nothing on certain hits: D (direct) against C (through it).',
    base: 'D',
    treatment: 'C',
    metric: 'ttft',
    percent: 50,
    value: ttftOfHit,
  },
  {
    id: 'null',
    claim: 'The same arm measured twice shows no difference: C against N.',
    base: 'C',
    treatment: 'N',
    metric: 'ttft',
    percent: 95,
    value: ttft,
  },
  {
    id: 'old-script',
    claim: 'Baseline against cached as verify.sh compared them: A against C, end to end.',
    base: 'A',
    treatment: 'C',
    metric: 'latency',
    percent: 95,
    value: (it) => it.latencyMs,
  },
];

/** Every comparison whose arms were both measured. */
export function compareAll(
  observations: readonly Observation[],
  options: CompareOptions,
): Comparison[] {
  const ratios = RECIPES.filter(({ base, treatment }) =>
    [base, treatment].every((arm) => ofArm(observations, arm).length > 0),
  ).map((recipe) => compare(recipe, observations, options));
  const efficiency = routingEfficiency(observations, options);
  return efficiency ? [...ratios, efficiency] : ratios;
}

function compare(
  recipe: Recipe,
  observations: readonly Observation[],
  options: CompareOptions,
): Comparison {
  const { value: _, percent, ...rest } = recipe;
  const pairs = pairsOf(observations, recipe);
  const seed = mixSeed(options.seed, recipe.id);
  const found = compareArms(pairs, { seed, percent, margin: options.margin });
  return {
    ...rest,
    statistic: `p${percent}`,
    kind: 'ratio',
    baseMs: found.base.value ?? null,
    treatmentMs: found.treated.value ?? null,
    value: found.ratio ?? null,
    interval: found.interval ?? null,
    pValue: found.pairs === 0 ? null : found.signFlip.p,
    pairs: found.pairs,
    verdict: found.verdict,
    reason: found.reason,
    minimumDetectableEffect: found.detectable.cut ?? null,
  };
}

function pairsOf(observations: readonly Observation[], recipe: Recipe): Pair[] {
  const base = blocksOf(observations, recipe.base, recipe.value);
  const treated = blocksOf(observations, recipe.treatment, recipe.value);
  return [...base].flatMap(([round, values]) => {
    const other = treated.get(round);
    return other ? [{ base: values, treated: other }] : [];
  });
}

function blocksOf(
  observations: readonly Observation[],
  arm: ArmId,
  value: Recipe['value'],
): Map<number, number[]> {
  const blocks = new Map<number, number[]>();
  for (const observation of ofArm(observations, arm)) {
    const known = value(observation);
    if (known === null) continue;
    const block = blocks.get(observation.round);
    if (block) block.push(known);
    else blocks.set(observation.round, [known]);
  }
  return blocks;
}

const EFFICIENCY_PERCENT = 95;

/** (B − C)/(B − D) on the p95 of TTFT: the share of the possible gain that routing delivers. */
function routingEfficiency(
  observations: readonly Observation[],
  { seed }: CompareOptions,
): Comparison | undefined {
  const [b, c, d] = (['B', 'C', 'D'] as const).map((arm) => blocksOf(observations, arm, ttft));
  const rounds = [...b!.keys()].filter((round) => c!.has(round) && d!.has(round));
  if (rounds.length === 0) return undefined;
  const arms = [b!, c!, d!].map((blocks) => rounds.map((round) => blocks.get(round)!));
  const share = ([off, on, direct]: ArrayLike<number> & Iterable<number>): number =>
    (off! - on!) / (off! - direct!);
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
    pValue: null,
    pairs: rounds.length,
    verdict: 'not-judged',
    reason: isGainPossible
      ? 'A share has no better or worse; set a threshold on routing_efficiency to judge it.'
      : 'Routing off is as fast as asking the holder directly: there is nothing to gain.',
    minimumDetectableEffect: null,
  };
}
