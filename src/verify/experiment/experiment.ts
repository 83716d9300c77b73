import { mixSeed } from '../../base/random.ts';
import { type Block, designBlocks } from '../../stats/design.ts';
import { stopDecision } from '../../stats/sequential-stop.ts';
import type { BlockPlan } from './block.ts';
import { BUDGET_STOPS, type RoundCost, roundsWithin } from './budget.ts';
import { compareAll } from '../judge/comparisons.ts';
import { median } from '../judge/dose-response.ts';
import type { VerifyEvent } from './events.ts';
import { AuditProbe } from '../../load/audit-probe.ts';
import { auditItems, type Tolerance } from '../judge/generator-audit.ts';
import { type Ledger, addCost } from './ledger.ts';
import type { Observation } from '../evidence/observation.ts';
import type { ExperimentPlan } from './plan.ts';
import type { ArmId } from '../result/result-arms.ts';
import { type BlockRunner, runBlock } from './run-block.ts';
import { shuffled } from '../../base/shuffled.ts';
import type { EngineTarget } from '../../target/targets.ts';

export interface Experiment {
  runner: BlockRunner;
  plan: ExperimentPlan;
  ledger: Ledger;
  onEvent: (event: VerifyEvent) => void;
}

/** Rounds before which no interval is looked at. */
const ROUNDS_MIN = 8;
/** With more failures than this in a row of blocks there is nothing left to measure. */
const ERROR_SHARE_MAX = 0.5;

/** Measures all arms in their blocks until the plan is done, the answer is precise, or the budget spent. */
export async function runExperiment(experiment: Experiment): Promise<void> {
  const { plan, ledger, onEvent, runner } = experiment;
  const blocks = designBlocks(plan.arms, plan.rounds, { kind: plan.design, seed: plan.seed });
  const clock = runner.deployment.clock;
  const startMs = clock.nowMs();
  const probe = new AuditProbe(clock);
  try {
    for (const block of blocks) {
      const isNewRound = block.index % plan.arms.length === 0;
      const reason = isNewRound ? reasonToStop(experiment, block, clock.nowMs() - startMs) : null;
      if (reason !== null) {
        // Precision is what was asked for; running out of budget is not.
        if (reason !== 'precise') ledger.stopReason = reason;
        break;
      }
      await runOne(experiment, block);
      const done = block.index + 1;
      const remainingMs = ((clock.nowMs() - startMs) / done) * (blocks.length - done);
      onEvent({ type: 'block', arm: block.arm, done, total: blocks.length, remainingMs });
      if (isFailing(ledger.observations)) {
        ledger.stopReason = 'More than half of the last requests failed.';
        break;
      }
    }
  } finally {
    ledger.audit = auditItems(probe.stop(), tolerance(ledger.observations, experiment.plan.margin));
  }
}

/**
 * A steady delay moves every ratio towards 1 by its share of the cached TTFT, so it must stay within the
 * margin. Rare ones reach the p95 only in part: a quarter of what is to be seen moves the ratio by 5 %.
 */
function tolerance(observations: readonly Observation[], margin: number): Tolerance {
  const p50 = (arms: readonly ArmId[]): number => {
    const found = observations.filter((it) => arms.includes(it.arm) && !it.isError);
    return found.length === 0 ? 0 : median(found.map((it) => it.ttftMs));
  };
  const [cold, warm] = [p50(['A']), p50(['C', 'D', 'N'])];
  return { meanMs: margin * warm, p99Ms: Math.max(warm, cold - warm) / 4 };
}

async function runOne(experiment: Experiment, block: Block<ArmId>): Promise<void> {
  const { runner, ledger, onEvent } = experiment;
  const result = await runBlock(runner, blockPlan(experiment, block));
  ledger.counts.push(result.count);
  addCost(ledger.spent, result.cost);
  // A controller that listed nothing once will not be waited for again and again.
  if (!result.isAdmitted && block.arm !== 'A') runner.admissionDeadlineMs = 0;
  for (const observation of result.observations) onEvent({ type: 'request', ...observation });
}

function blockPlan({ plan, runner, ledger }: Experiment, block: Block<ArmId>): BlockPlan {
  return {
    arm: block.arm,
    round: block.round,
    requests: plan.requestsPerBlock,
    holders: holdersOf(runner.deployment.engines, plan, block),
    blockTokens: ledger.capacity.blockTokens,
    concurrency: plan.concurrency,
  };
}

/** Every engine equally often, in random order: an order would chime with a round-robin gateway. */
function holdersOf(
  engines: readonly EngineTarget[],
  { requestsPerBlock, seed }: ExperimentPlan,
  { arm, round }: Block<ArmId>,
): EngineTarget[] {
  const holders = Array.from(
    { length: requestsPerBlock },
    (_, index) => engines[(index + round) % engines.length]!,
  );
  return shuffled(holders, mixSeed(seed, 'holders', arm, round));
}

function reasonToStop(
  { plan, ledger }: Experiment,
  block: Block<ArmId>,
  elapsedMs: number,
): string | null {
  if (block.index > 0 && elapsedMs > plan.budget.durationMs) return BUDGET_STOPS.time;
  const rounds = Math.max(1, block.round);
  const perRound: RoundCost = {
    requests: ledger.spent.requests / rounds,
    promptTokens: ledger.spent.promptTokens / rounds,
    outputTokens: ledger.spent.outputTokens / rounds,
  };
  if (block.index > 0 && roundsWithin(plan.budget, ledger.spent, perRound) < 1) {
    return BUDGET_STOPS.cost;
  }
  return plan.isUntilResolved && isResolved(plan, ledger, block.round) ? 'precise' : null;
}

function isResolved(plan: ExperimentPlan, ledger: Ledger, rounds: number): boolean {
  if (rounds < ROUNDS_MIN || rounds % 4 !== 0) return false;
  const gain = compareAll(ledger.observations, plan).find((it) => it.id === 'routing-gain');
  const rule = { minRounds: ROUNDS_MIN, maxRounds: plan.rounds, precision: plan.margin };
  return stopDecision(rounds, gain?.interval ?? undefined, rule) === 'precise';
}

function isFailing(observations: readonly Observation[]): boolean {
  const last = observations.slice(-20);
  return last.length === 20 && last.filter((it) => it.isError).length > 20 * ERROR_SHARE_MAX;
}
