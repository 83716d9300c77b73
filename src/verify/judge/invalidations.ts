import { meanOf, present } from '../../base/lists.ts';
import type { Ledger } from '../experiment/ledger.ts';
import { isTrusted } from '../evidence/attribution.ts';
import { answeredOf } from '../evidence/measured.ts';
import type { ObservedRun } from '../evidence/observed-run.ts';
import { trafficOf } from '../evidence/traffic.ts';
import { formatRatio, formatShare } from '../result/format.ts';
import { armName } from '../result/names.ts';
import type { ArmSummary, Comparison } from '../result/result-arms.ts';
import type { GeneratorAudit } from '../result/result-evidence.ts';
import type { Invalidation } from '../result/result.ts';

export interface InvalidationInput {
  ledger: Ledger;
  run: ObservedRun;
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
  return present([
    oneProcess(input),
    ...trafficOf(input.run),
    warmLeftovers(input),
    overload(input.audit),
    tooManyErrors(input.arms),
    unequalLoad(input),
    nullDiffers(input),
  ]);
}

/** Explains everything that counters say more than once. */
function oneProcess({ run }: InvalidationInput): Invalidation | undefined {
  if (run.routing?.isOneProcess !== true) return undefined;
  return {
    code: 'one-process',
    reason:
      'Asking one engine moves the counters of another: several addresses lead to one process.',
    remedy: 'Give each engine once, by the address of its own process.',
  };
}

/** Prompts nobody has sent before must not be in a cache, but for the chat template. */
function warmLeftovers({ run, ledger }: InvalidationInput): Invalidation | undefined {
  // An engine that reports hits of any new prompt reports what it cannot have: that is another fault.
  if (!isTrusted('cached-tokens', run.jury.trust) || !ledger.sizes) return undefined;
  const cold = answeredOf(run.samples, 'A').filter((it) => it.cachedTokens !== undefined);
  const allowed = ledger.sizes.floorTokens + ledger.capacity.blockTokens;
  const warm = cold.filter((it) => it.cachedTokens! > allowed);
  if (cold.length === 0 || warm.length / cold.length <= WARM_SHARE_MAX) return undefined;
  return {
    code: 'warm-leftovers',
    reason: `${warm.length} of ${cold.length} prompts that should be new came from a cache (more than the ${allowed} tokens of the chat template).`,
    remedy:
      'If an earlier run sent the same prompts, drop --nonce so that every run makes its own, or reset the prefix caches; else look for what all prompts begin with on their way (a system prompt).',
  };
}

function overload(audit: GeneratorAudit | null): Invalidation | undefined {
  const exceeded = audit?.items.filter((it) => it.level === 'invalid') ?? [];
  if (exceeded.length === 0) return undefined;
  return {
    code: 'generator-overload',
    reason: `The load generator itself was the bottleneck. ${exceeded.map(({ text }) => text).join(' ')}`,
    remedy: 'Lower --concurrency, or run on a machine with nothing else to do.',
  };
}

function tooManyErrors(arms: readonly ArmSummary[]): Invalidation | undefined {
  const bad = arms.filter((it) => it.requests > 0 && it.errors / it.requests > ERROR_SHARE_MAX);
  if (bad.length === 0) return undefined;
  const seen = bad.map(({ id, errors, requests }) => `${armName(id)} ${errors} of ${requests}`);
  return {
    code: 'too-many-errors',
    reason: `Too many requests failed: ${seen.join(', ')}. What is left is a selection.`,
    remedy: 'Look at the failed requests in the sample log and at the servers’ logs.',
  };
}

/** Through the gateway and straight, the same words must be the same number of tokens. */
function unequalLoad({ run, arms }: InvalidationInput): Invalidation | undefined {
  const direct = meanTokens(run, (it) => it !== null);
  const through = meanTokens(run, (it) => it === null);
  const isMoved =
    direct !== null && through !== null && Math.abs(through / direct - 1) > DISPARITY_MAX;
  if (isMoved) {
    return {
      code: 'prompt-rewritten',
      reason: `Prompts have ${through.toFixed(0)} tokens through the gateway and ${direct.toFixed(0)} without it.`,
      remedy:
        'The gateway changes prompts (a system prompt, a template, a guardrail): give the engines’ requests the same, or turn it off.',
    };
  }
  const disparity = lengthDisparity(arms);
  if (disparity <= DISPARITY_MAX) return undefined;
  return {
    code: 'unequal-load',
    reason: `The arms’ mean prompt lengths differ by ${formatShare(disparity)}.`,
    remedy:
      'The engines count the same words differently: give all of them the same model, tokenizer and chat template.',
  };
}

function meanTokens(
  { samples }: ObservedRun,
  isWanted: (directId: string | null) => boolean,
): number | null {
  const counts = samples
    .filter((it) => it.failure === undefined && isWanted(it.experiment.directId))
    .flatMap(({ promptTokens }) => (promptTokens === undefined ? [] : [promptTokens]));
  return meanOf(counts);
}

/** Largest relative difference between two arms' mean prompt lengths. */
export function lengthDisparity(arms: readonly ArmSummary[]): number {
  const means = arms.map((it) => it.promptTokensMean).filter((it) => it !== null);
  return means.length < 2 ? 0 : Math.max(...means) / Math.min(...means) - 1;
}

/** Judged stricter than a gain: a false alarm here costs a whole run. */
function nullDiffers({ comparisons, margin }: InvalidationInput): Invalidation | undefined {
  const found = comparisons.find((it) => it.id === 'null');
  if (!found || found.value === null) return undefined;
  const isCertain = found.verdict === 'better' || found.verdict === 'worse';
  if (!isCertain || Math.abs(Math.log(found.value)) <= Math.log1p(margin)) return undefined;
  return {
    code: 'null-comparison-differs',
    reason: `The same arm measured twice differs: ${formatRatio(found.value, found.interval)}.`,
    remedy:
      'Something changed while measuring that the blocks do not even out; repeat on a quieter system or with more rounds.',
  };
}
