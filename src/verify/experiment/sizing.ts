import { announceable } from '../../stats/power.ts';
import { type RoundCost, formatBudget, roundsWithin } from './budget.ts';
import type { Ledger } from './ledger.ts';
import type { VerifyOptions } from './options.ts';
import type { ExperimentPlan } from './plan.ts';
import type { ArmId } from '../result/result-arms.ts';
import { verifyError } from '../errors.ts';

/** A block must not evict its own primes: its prompts have to fit the smallest engine with room to spare. */
const CAPACITY_SHARE = 1.5;

/**
 * Cuts blocks to the engines' memory and rounds to the budget.
 * @throws KvcacheError BUDGET_TOO_SMALL (kind usage)
 */
export function fitted(plan: ExperimentPlan, ledger: Ledger, promptTokens: number): ExperimentPlan {
  const capacity = (plan.fitsBlocks && ledger.capacity.tokens) || Infinity;
  const fits = Math.max(1, Math.floor(capacity / (CAPACITY_SHARE * promptTokens)));
  const requestsPerBlock = Math.min(plan.requestsPerBlock, fits);
  const total = plan.rounds * plan.requestsPerBlock;
  const wanted = Math.ceil(total / requestsPerBlock);
  const perRound = costOf(plan, { rounds: 1, requestsPerBlock, promptTokens });
  const rounds = Math.min(wanted, roundsWithin(plan.budget, ledger.spent, perRound));
  if (rounds >= 1) return { ...plan, requestsPerBlock, rounds };
  throw verifyError('BUDGET_TOO_SMALL', {
    message: `The budget (${formatBudget(plan.budget)}) does not pay for one round: ${perRound.requests} requests, ${perRound.promptTokens + perRound.outputTokens} tokens.`,
  });
}

/** Of the experiment alone. */
export function costOf(
  plan: ExperimentPlan,
  size: { rounds: number; requestsPerBlock: number; promptTokens: number },
): RoundCost {
  // Every measured request has an unmeasured one before it that fills a cache.
  const measured = size.rounds * size.requestsPerBlock * plan.arms.length;
  return {
    requests: 2 * measured,
    promptTokens: 2 * measured * size.promptTokens,
    outputTokens: measured * (1 + plan.outputTokens),
  };
}

/**
 * Without engines there is nobody to ask directly; routing off needs them or a second gateway.
 * @throws KvcacheError ARMS_INVALID (kind usage) when none is left
 */
export function measurableArms(
  { plan, baselineGatewayUrl }: Pick<VerifyOptions, 'plan' | 'baselineGatewayUrl'>,
  engines: number,
): readonly ArmId[] {
  if (engines > 0) return plan.arms;
  const arms = plan.arms.filter(
    (arm) => arm !== 'D' && (arm !== 'B' || baselineGatewayUrl !== null),
  );
  if (arms.length > 0) return arms;
  throw verifyError('ARMS_INVALID', {
    message: `None of the arms ${plan.arms.join('')} can be measured without engines.`,
    remedy: 'Give the engines with --engine ID=URL, or measure A and C.',
  });
}

/**
 * Said before the experiment: what it costs, and what its size can show at all.
 * @param requestMs what a request took when they went one at a time; else a first token stands in
 */
export function announceCost(
  { onEvent, plan }: Pick<VerifyOptions, 'onEvent' | 'plan'>,
  ledger: Ledger,
  requestMs: number | undefined,
): void {
  const cost = costOf(plan, { ...plan, promptTokens: ledger.sizes!.promptTokens });
  ledger.planned = {
    ...cost,
    durationMs: (cost.requests * (requestMs ?? ledger.routing!.coldTtftMs ?? 0)) / plan.concurrency,
    couldShow: announceable(plan.rounds, plan.requestsPerBlock) ?? null,
  };
  onEvent?.({
    type: 'cost',
    planned: ledger.planned,
    budget: formatBudget(plan.budget),
  });
}
