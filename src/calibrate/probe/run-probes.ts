import type { Clock } from '../../base/clock.ts';
import type { Sample } from '../../load/sample.ts';
import { calibrateError } from '../errors.ts';
import { TIER_ARM } from '../observe/arms.ts';
import type { ProbeGroup, ProbePlan } from './plan.ts';
import type { ProbeEngine } from './probe-engine.ts';

export interface ProbeRun {
  samples: Sample[];
  /** Rounds that were sent whole. */
  rounds: number;
  /** Why it ended before its plan did; null when it did not. */
  cut: string | null;
  /** Why loads from the second tier were not timed; null when they were, or nobody asked. */
  tierProblem: string | null;
}

export interface ProbeSetting {
  clock: Clock;
  budgetMs: number;
  signal: AbortSignal;
  onRound?: (done: number, ofAll: number) => void;
  /** After the last round, before the second tier is asked. */
  onRounds?: () => Promise<void>;
}

/** Of the budget, where the second tier is to be timed as well. */
const ROUNDS_SHARE_WITH_TIER = 0.8;
/** Groups of which not one prompt was answered, one after another. */
const UNANSWERED_MAX = 3;

/**
 * Sends a plan, one group after another, as far as the budget goes: no round is begun that would not end in time.
 * @throws KvcacheError PROBE_UNANSWERED (kind target)
 */
export async function runProbes(
  plan: ProbePlan,
  engine: ProbeEngine,
  setting: ProbeSetting,
): Promise<ProbeRun> {
  const run = new Run(engine, setting, plan.tier.length > 0 ? ROUNDS_SHARE_WITH_TIER : 1);
  await run.send(plan.prime);
  let rounds = 0;
  for (const round of plan.rounds) {
    if (!run.hasTimeFor(round)) break;
    if (!(await run.sendRound(round))) break;
    rounds++;
    setting.onRound?.(rounds, plan.rounds.length);
  }
  const cut = setting.signal.aborted
    ? 'it was stopped'
    : rounds < plan.rounds.length
      ? 'the budget was used up'
      : null;
  if (!setting.signal.aborted) await setting.onRounds?.();
  const tierProblem = await run.sendTier(plan.tier);
  return { samples: run.samples, rounds, cut, tierProblem };
}

class Run {
  readonly samples: Sample[] = [];
  readonly #engine: ProbeEngine;
  readonly #setting: ProbeSetting;
  readonly #startMs: number;
  readonly #roundsMs: number;
  #slowestRoundMs = 0;
  #unanswered = 0;

  constructor(engine: ProbeEngine, setting: ProbeSetting, roundsShare: number) {
    this.#engine = engine;
    this.#setting = setting;
    this.#startMs = setting.clock.nowMs();
    this.#roundsMs = setting.budgetMs * roundsShare;
  }

  get #elapsedMs(): number {
    return this.#setting.clock.nowMs() - this.#startMs;
  }

  hasTimeFor(round: readonly ProbeGroup[]): boolean {
    return round.length > 0 && this.#elapsedMs + this.#slowestRoundMs <= this.#roundsMs;
  }

  /** False when it was cut short. */
  async sendRound(round: readonly ProbeGroup[]): Promise<boolean> {
    const fromMs = this.#elapsedMs;
    const isWhole = await this.send(round);
    this.#slowestRoundMs = Math.max(this.#slowestRoundMs, this.#elapsedMs - fromMs);
    return isWhole;
  }

  async send(groups: readonly ProbeGroup[]): Promise<boolean> {
    for (const group of groups) {
      if (this.#isOver) return false;
      await this.#ask(group);
    }
    return true;
  }

  async sendTier(groups: readonly ProbeGroup[]): Promise<string | null> {
    for (const group of groups) {
      if (this.#isOver) return null;
      await this.#ask({ ...group, arm: 'prime' });
      if (this.#isOver) return null;
      if (!(await this.#engine.dropDeviceCache())) {
        return 'the engine does not drop its cache when asked with POST /reset_prefix_cache';
      }
      await this.#ask(group);
    }
    const timed = this.samples.filter(({ arm }) => arm === TIER_ARM);
    const isFound = timed.some(({ cachedTokens = 0 }) => cachedTokens > 0);
    return isFound || timed.length === 0 ? null : 'nothing came from a second tier';
  }

  get #isOver(): boolean {
    return this.#setting.signal.aborted || this.#elapsedMs > this.#setting.budgetMs;
  }

  async #ask(group: ProbeGroup): Promise<void> {
    const samples = await this.#engine.send(group);
    for (const sample of samples) this.samples.push({ ...sample, id: this.samples.length });
    const isAnswered = samples.some(
      ({ failure }) => failure === undefined || failure === 'stopped',
    );
    this.#unanswered = isAnswered ? 0 : this.#unanswered + 1;
    if (this.#unanswered < UNANSWERED_MAX) return;
    throw calibrateError('PROBE_UNANSWERED', { details: [samples[0]?.problem ?? ''] });
  }
}
