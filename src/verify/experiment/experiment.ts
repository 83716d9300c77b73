import { type Block, designBlocks } from '../../stats/design.ts';
import { stopDecision } from '../../stats/sequential-stop.ts';
import { addCost, BUDGET_STOPS, type RoundCost, roundsWithin } from './budget.ts';
import type { Comparison } from '../result/result-arms.ts';
import { median } from '../judge/dose-response.ts';
import type { VerifyEvent } from './events.ts';
import { ttftMs } from '../../load/sample.ts';
import { auditReading, type Tolerance } from '../../load/audit.ts';
import type { Ledger } from './ledger.ts';
import { answeredOf, type MeasuredSample } from '../evidence/measured.ts';
import type { ExperimentPlan } from './plan.ts';
import type { ArmId } from '../result/result-arms.ts';
import { type BlockPlan, type BlockRunner, runBlock } from './run-block.ts';

export interface Experiment {
  runner: BlockRunner;
  plan: ExperimentPlan;
  ledger: Ledger;
  /** No round begins that would not end before, on the clock. */
  deadlineMs: number;
  onEvent: (event: VerifyEvent) => void;
  /** The comparisons as they stand. */
  compare: () => Comparison[];
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
  try {
    for (const block of blocks) {
      const isNewRound = block.index % plan.arms.length === 0;
      const reason = isNewRound ? reasonToStop(experiment, block, startMs) : null;
      if (reason !== null) {
        // Precision is what was asked for; running out of budget is not.
        if (reason !== 'precise') ledger.stopReason = reason;
        break;
      }
      await runOne(experiment, block);
      const done = block.index + 1;
      const remainingMs = ((clock.nowMs() - startMs) / done) * (blocks.length - done);
      onEvent({ type: 'block', arm: block.arm, done, total: blocks.length, remainingMs });
      if (isFailing(ledger.samples)) {
        ledger.stopReason = 'More than half of the last requests failed.';
        break;
      }
    }
  } finally {
    ledger.audit = auditReading(
      runner.sender.audit.reading(),
      tolerance(ledger.samples, plan.margin),
    );
  }
}

/**
 * A steady delay moves every ratio towards 1 by its share of the cached TTFT, so it must stay within the
 * margin. Rare ones reach the p95 only in part: a quarter of what is to be seen moves the ratio by 5 %.
 */
function tolerance(samples: readonly MeasuredSample[], margin: number): Tolerance {
  const p50 = (arms: readonly ArmId[]): number => {
    const times = arms
      .flatMap((arm) => answeredOf(samples, arm))
      .map((it) => ttftMs(it))
      .filter((it) => it !== undefined);
    return times.length === 0 ? 0 : median(times);
  };
  const [cold, warm] = [p50(['A']), p50(['C', 'D', 'N'])];
  return { meanMs: margin * warm, p99Ms: Math.max(warm, cold - warm) / 4 };
}

async function runOne({ runner, plan, ledger }: Experiment, block: Block<ArmId>): Promise<void> {
  const { requestsPerBlock: requests, concurrency } = plan;
  const blockPlan: BlockPlan = { arm: block.arm, round: block.round, requests, concurrency };
  const { count, cost } = await runBlock(runner, blockPlan);
  ledger.counts.push(count);
  addCost(ledger.spent, cost);
}

function reasonToStop(experiment: Experiment, block: Block<ArmId>, startMs: number): string | null {
  const { plan, ledger, runner, deadlineMs } = experiment;
  const rounds = Math.max(1, block.round);
  const nowMs = runner.deployment.clock.nowMs();
  const roundMs = (nowMs - startMs) / rounds;
  if (block.index > 0 && nowMs + roundMs > deadlineMs) return BUDGET_STOPS.time;
  const perRound: RoundCost = {
    requests: ledger.spent.requests / rounds,
    promptTokens: ledger.spent.promptTokens / rounds,
    outputTokens: ledger.spent.outputTokens / rounds,
  };
  if (block.index > 0 && roundsWithin(plan.budget, ledger.spent, perRound) < 1) {
    return BUDGET_STOPS.cost;
  }
  return plan.isUntilResolved && isResolved(experiment, block.round) ? 'precise' : null;
}

function isResolved(experiment: Experiment, rounds: number): boolean {
  const { plan } = experiment;
  if (rounds < ROUNDS_MIN || rounds % 4 !== 0) return false;
  const gain = experiment.compare().find((it) => it.id === 'routing-gain');
  const rule = { minRounds: ROUNDS_MIN, maxRounds: plan.rounds, precision: plan.margin };
  return stopDecision(rounds, gain?.interval ?? undefined, rule) === 'precise';
}

function isFailing(samples: readonly MeasuredSample[]): boolean {
  const last = samples.slice(-20);
  const failed = last.filter((it) => it.failure !== undefined).length;
  return last.length === 20 && failed > 20 * ERROR_SHARE_MAX;
}
