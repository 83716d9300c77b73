import { judgeTraffic } from '../evidence/foreign-traffic.ts';
import { formatRatio, formatShare } from '../result/format.ts';
import type { Ledger } from '../experiment/ledger.ts';
import { ofArm } from '../evidence/observation.ts';
import type { ArmSummary, Comparison } from '../result/result-arms.ts';
import type { GeneratorAudit } from '../result/result-evidence.ts';
import type { Invalidation } from '../result/result.ts';

export interface InvalidationInput {
  ledger: Ledger;
  arms: readonly ArmSummary[];
  comparisons: readonly Comparison[];
  audit: GeneratorAudit | null;
  margin: number;
}

const WARM_SHARE_MAX = 0.01;
const ERROR_SHARE_MAX = 0.1;
const DISPARITY_MAX = 0.03;

/** Everything that makes the run as a whole worthless, each with what was seen. */
export function invalidationsOf(input: InvalidationInput): Invalidation[] {
  return [
    ...judgeTraffic(input.ledger.counts),
    ...warmLeftovers(input.ledger),
    ...overload(input.audit),
    ...tooManyErrors(input.arms),
    ...unequalLoad(input.arms),
    ...nullDiffers(input),
  ];
}

/** Prompts nobody has sent before must not be in a cache, but for the chat template. */
function warmLeftovers({ observations, floorTokens, capacity }: Ledger): Invalidation[] {
  const cold = ofArm(observations, 'A').filter((it) => it.cachedTokens !== null);
  const allowed = floorTokens + capacity.blockTokens;
  const warm = cold.filter((it) => (it.cachedTokens ?? 0) > allowed);
  if (cold.length === 0 || warm.length / cold.length <= WARM_SHARE_MAX) return [];
  return [
    {
      code: 'warm-leftovers',
      reason: `${warm.length} of ${cold.length} prompts that should be new came from a cache (more than the ${allowed} tokens of the chat template).`,
      remedy:
        'An earlier run sent the same prompts: drop --nonce so that every run makes its own, or reset the prefix caches.',
    },
  ];
}

function overload(audit: GeneratorAudit | null): Invalidation[] {
  const exceeded = audit?.items.filter((it) => it.outcome === 'exceeded') ?? [];
  if (exceeded.length === 0) return [];
  const seen = exceeded.map(
    ({ label, value, unit, limit }) =>
      `${label}: ${value?.toFixed(2)} ${unit}, limit ${limit?.toFixed(2)}`,
  );
  return [
    {
      code: 'generator-overload',
      reason: `The load generator itself was the bottleneck. ${seen.join('; ')}.`,
      remedy: 'Lower --concurrency, or run on a machine with nothing else to do.',
    },
  ];
}

function tooManyErrors(arms: readonly ArmSummary[]): Invalidation[] {
  const bad = arms.filter((it) => it.requests > 0 && it.errors / it.requests > ERROR_SHARE_MAX);
  if (bad.length === 0) return [];
  const seen = bad.map(({ id, errors, requests }) => `${id} ${errors} of ${requests}`);
  return [
    {
      code: 'too-many-errors',
      reason: `Too many requests failed: ${seen.join(', ')}. What is left is a selection.`,
      remedy: 'Look at the failed requests in the sample log and at the servers’ logs.',
    },
  ];
}

function unequalLoad(arms: readonly ArmSummary[]): Invalidation[] {
  const disparity = lengthDisparity(arms);
  if (disparity <= DISPARITY_MAX) return [];
  return [
    {
      code: 'unequal-load',
      reason: `The arms’ mean prompt lengths differ by ${formatShare(disparity)}.`,
      remedy: 'Please report this: prompts of all arms are made to be equally long.',
    },
  ];
}

/** Largest relative difference between two arms' mean prompt lengths. */
export function lengthDisparity(arms: readonly ArmSummary[]): number {
  const means = arms.map((it) => it.promptTokensMean).filter((it) => it !== null);
  return means.length < 2 ? 0 : Math.max(...means) / Math.min(...means) - 1;
}

/** Judged stricter than a gain: a false alarm here costs a whole run. */
function nullDiffers({ comparisons, margin }: InvalidationInput): Invalidation[] {
  const found = comparisons.find((it) => it.id === 'null');
  if (!found || found.value === null) return [];
  const isCertain = found.verdict === 'better' || found.verdict === 'worse';
  if (!isCertain || Math.abs(Math.log(found.value)) <= Math.log1p(margin)) return [];
  return [
    {
      code: 'null-comparison-differs',
      reason: `The same arm measured twice differs: ${formatRatio(found.value, found.interval)}.`,
      remedy:
        'Something changed while measuring that the blocks do not even out; repeat on a quieter system or with more rounds.',
    },
  ];
}
