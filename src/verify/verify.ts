import { KvcacheError } from '../base/errors.ts';
import { formatBudget, roundsWithin } from './budget.ts';
import { buildResult } from './build-result.ts';
import { runControls } from './controls.ts';
import { Deployment } from './deployment.ts';
import { measureDoses } from './doses.ts';
import { runExperiment } from './experiment.ts';
import { kvCapacity } from './kv-capacity.ts';
import { type Ledger, addCost, newLedger } from './ledger.ts';
import type { ExperimentPlan } from './plan.ts';
import { preflight } from './preflight/preflight.ts';
import { PromptMaker } from './prompts.ts';
import type { VerifyOptions } from './options.ts';
import { withModel } from './resolve-model.ts';
import type { Finding, VerifyResult } from './result.ts';
import { TIMING } from './timing.ts';
import { traceWiring } from './wiring.ts';

/** Requests per level of the dose response. */
const DOSE_REPEATS = 4;

/**
 * The whole verification. An abort or a target that fails on the way ends it early: what was found
 * until then is in the result, marked as partial.
 * @throws KvcacheError BUDGET_TOO_SMALL (kind usage)
 */
export async function verify(options: VerifyOptions): Promise<VerifyResult> {
  const startMs = options.clock.nowMs();
  const startedAt = new Date(options.clock.wallMs()).toISOString();
  const ledger = newLedger();
  ledger.findings.push(...options.findings);
  try {
    await runSteps(options, ledger);
  } catch (error) {
    if (options.signal?.aborted) ledger.stopReason = 'Stopped by the user.';
    else if (error instanceof KvcacheError && error.kind !== 'usage') {
      ledger.failure = error;
      ledger.stopReason = error.message;
    } else throw error;
  }
  return buildResult(options, ledger, {
    startedAt,
    durationMs: options.clock.nowMs() - startMs,
  });
}

async function runSteps(options: VerifyOptions, ledger: Ledger): Promise<void> {
  const { signal, plan } = options;
  const onEvent = options.onEvent ?? ((): void => {});
  const targets = await withModel(options.targets, signal);
  ledger.model = targets.model;
  onEvent({ type: 'phase', phase: 'preflight' });
  const found = await preflight({
    targets,
    clock: options.clock,
    signal,
    nonce: `${plan.nonce}-preflight`,
    onFinding: (finding) => onEvent({ type: 'finding', finding }),
  });
  ledger.findings.push(...found);
  if (isHopeless(ledger.findings)) {
    ledger.stopReason = 'A precondition is not met.';
    return;
  }
  onEvent({ type: 'phase', phase: 'gateway' });
  ledger.gateway = await options.startGateway(targets.model);
  const deployment = new Deployment({
    targets,
    gateway: ledger.gateway,
    clock: options.clock,
    requestTimeoutMs: TIMING.firstAnswerMs,
    signal,
  });
  try {
    await measure(options, ledger, deployment);
  } finally {
    ledger.controllerDialect = deployment.controllerDialect;
    await deployment.close();
  }
}

function isHopeless(findings: readonly Finding[]): boolean {
  return findings.some((it) => it.severity === 'blocking' && it.outcome !== 'pass');
}

async function measure(
  options: VerifyOptions,
  ledger: Ledger,
  deployment: Deployment,
): Promise<void> {
  const { plan, signal } = options;
  const onEvent = options.onEvent ?? ((): void => {});
  onEvent({ type: 'phase', phase: 'prompts' });
  const maker = new PromptMaker({
    tokenize: (prompt) => deployment.tokenize(prompt),
    seed: plan.seed,
    nonce: plan.nonce,
    prefixTokens: plan.prefixTokens,
  });
  await maker.calibrate();
  ledger.floorTokens = maker.floorTokens;
  ledger.capacity = await kvCapacity(deployment.targets, signal);

  onEvent({ type: 'phase', phase: 'wiring' });
  const wiring = await traceWiring(deployment, maker, {
    outputTokens: plan.outputTokens,
    admissionDeadlineMs: patience(ledger),
  });
  ledger.wiring = wiring.evidence;
  ledger.routingOff = wiring.honoursPolicyHeader ? 'policy-header' : 'direct';
  const promptTokens = wiring.evidence.promptTokens;
  const sized = fitted(plan, ledger, promptTokens);
  announceCost(options, ledger, sized);

  onEvent({ type: 'phase', phase: 'controls' });
  const controls = await runControls(deployment, maker, {
    pairs: plan.controlPairs,
    outputTokens: plan.outputTokens,
    seed: plan.seed,
  });
  ledger.controls = controls.evidence;
  onEvent({ type: 'phase', phase: 'dose-response' });
  const { doses, requests } = await measureDoses(deployment, maker, {
    repeats: DOSE_REPEATS,
    blockTokens: ledger.capacity.blockTokens,
    seed: plan.seed,
  });
  ledger.doses = doses;
  const spent = wiring.requests + controls.requests + requests;
  addCost(ledger.spent, {
    requests: spent,
    promptTokens: spent * promptTokens,
    outputTokens: spent * plan.outputTokens,
  });

  onEvent({ type: 'phase', phase: 'experiment' });
  await runExperiment({
    runner: {
      deployment,
      maker,
      outputTokens: plan.outputTokens,
      routingOff: ledger.routingOff,
      admissionDeadlineMs: blockPatience(wiring.evidence.admissionMs),
    },
    plan: sized,
    ledger,
    onEvent,
    record: options.record ?? ((): void => {}),
  });
  onEvent({ type: 'phase', phase: 'judging' });
}

/** A controller that has let the preflight wait in vain gets another chance, but a short one. */
function patience({ findings }: Ledger): number {
  const isSilent = findings.some((it) => it.id === 'lookup' && it.outcome !== 'pass');
  return isSilent ? TIMING.secondChanceMs : TIMING.admissionDeadlineMs;
}

/** Ten times what one admission took: a prompt that was evicted meanwhile will never be listed. */
function blockPatience(admissionMs: number | null): number {
  if (admissionMs === null) return 0;
  return Math.min(TIMING.admissionDeadlineMs, Math.max(TIMING.secondChanceMs, 10 * admissionMs));
}

/** A block must not evict its own primes: its prompts have to fit the smallest engine with room to spare. */
const CAPACITY_SHARE = 1.5;

/** Cuts blocks to the engines' memory and rounds to the budget. */
function fitted(plan: ExperimentPlan, ledger: Ledger, promptTokens: number): ExperimentPlan {
  const capacity = (plan.fitsBlocks && ledger.capacity.tokens) || Infinity;
  const fits = Math.max(1, Math.floor(capacity / (CAPACITY_SHARE * promptTokens)));
  const requestsPerBlock = Math.min(plan.requestsPerBlock, fits);
  const total = plan.rounds * plan.requestsPerBlock;
  const wanted = Math.ceil(total / requestsPerBlock);
  const perRound = costOf(plan, { rounds: 1, requestsPerBlock, promptTokens });
  const rounds = Math.min(wanted, roundsWithin(plan.budget, ledger.spent, perRound));
  if (rounds >= 1) return { ...plan, requestsPerBlock, rounds };
  throw new KvcacheError({
    kind: 'usage',
    code: 'BUDGET_TOO_SMALL',
    message: `The budget (${formatBudget(plan.budget)}) does not pay for one round: ${perRound.requests} requests, ${perRound.promptTokens + perRound.outputTokens} tokens.`,
    remedy:
      'Raise --budget, or measure fewer arms (--arms BC) or shorter prompts (--prefix-tokens).',
  });
}

function costOf(
  plan: ExperimentPlan,
  size: { rounds: number; requestsPerBlock: number; promptTokens: number },
): { requests: number; promptTokens: number; outputTokens: number } {
  // Every measured request has an unmeasured one before it that fills a cache.
  const measured = size.rounds * size.requestsPerBlock * plan.arms.length;
  return {
    requests: 2 * measured,
    promptTokens: 2 * measured * size.promptTokens,
    outputTokens: measured * (1 + plan.outputTokens),
  };
}

function announceCost(options: VerifyOptions, ledger: Ledger, plan: ExperimentPlan): void {
  const { coldTtftMs, promptTokens } = ledger.wiring!;
  const cost = costOf(plan, { ...plan, promptTokens });
  ledger.planned = {
    ...cost,
    durationMs: (cost.requests * coldTtftMs) / plan.concurrency,
  };
  options.onEvent?.({
    type: 'cost',
    planned: ledger.planned,
    budget: formatBudget(plan.budget),
  });
}
