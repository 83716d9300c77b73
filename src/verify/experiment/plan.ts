import type { Environment } from '../../base/environment.ts';
import { DEFAULT_SIZE, type DesignKind, QUICK_SIZE } from '../../stats/design.ts';
import type { Threshold } from '../../stats/threshold.ts';
import { type Budget, parseBudget } from './budget.ts';
import type { ArmId } from '../result/result-arms.ts';
import type { FlagValue } from '../../target/setting-reader.ts';
import { SettingReader } from '../../target/setting-reader.ts';
import { parseThresholds } from '../judge/thresholds.ts';
import { EXPERIMENT_FLAGS } from './flags.ts';
import { verifyError } from '../errors.ts';

/** What is measured, how often, and when it is enough. */
export interface ExperimentPlan {
  arms: readonly ArmId[];
  design: DesignKind;
  rounds: number;
  requestsPerBlock: number;
  /** False when the user fixed the size of a block: then it is not cut to the engines' memory. */
  fitsBlocks: boolean;
  /** Requests in flight. */
  concurrency: number;
  /** Shared tokens of a cacheable prompt, a multiple of LMCache's chunk. */
  prefixTokens: number;
  outputTokens: number;
  margin: number;
  /** Stop once the routing gain's interval is within ×/÷ (1 + margin), or the budget is spent. */
  isUntilResolved: boolean;
  /** Pairs of the control, and requests per level of the dose response. */
  controlPairs: number;
  budget: Budget;
  thresholds: readonly Threshold[];
  seed: number;
  /** Makes this run's prompts new; two runs with one nonce send the same prompts. */
  nonce: string;
}

const ARMS: readonly ArmId[] = ['A', 'B', 'C', 'D', 'N'];
const THOROUGH_SIZE = { rounds: 48, requestsPerBlock: 40 } as const;
const UNTIL_RESOLVED_ROUNDS_MAX = 200;

/**
 * @param fresh gives what must differ between runs unless the user fixes it
 * @throws KvcacheError SETTING_INVALID, ARMS_INVALID, CAPACITY_MISSING, DEPTH_CONFLICT, THRESHOLD_INVALID, BUDGET_INVALID
 * (kind usage), all before the first request
 */
export function resolvePlan(
  flags: Readonly<Record<string, FlagValue>>,
  env: Environment,
  fresh: { seed: number; nonce: string },
): { plan: ExperimentPlan; sources: SettingReader['sources'] } {
  const reader = new SettingReader(flags, env);
  const read = reader.from(EXPERIMENT_FLAGS);
  refuseIdle(flags);
  const size = sizeOf(reader);
  const plan: ExperimentPlan = {
    arms: armsOf(read('arms')),
    design: read('design'),
    rounds: read('rounds', size.rounds),
    requestsPerBlock: read('requestsPerBlock', perBlock(env, size)),
    fitsBlocks: flags['requestsPerBlock'] === undefined,
    concurrency: read('concurrency'),
    prefixTokens: read('prefixTokens'),
    outputTokens: read('outputTokens'),
    margin: read('margin'),
    isUntilResolved: read('untilResolved'),
    controlPairs: size.rounds >= DEFAULT_SIZE.rounds ? 12 : 8,
    budget: parseBudget(read('budget')),
    thresholds: parseThresholds(read('threshold')),
    seed: read('seed', fresh.seed),
    nonce: read('nonce', fresh.nonce),
  };
  return { plan, sources: reader.sources };
}

/** What only --capacity looks at must not look as if it were judged. */
function refuseIdle(flags: Readonly<Record<string, FlagValue>>): void {
  const slo = flags['slo'];
  const isGiven = (Array.isArray(slo) && slo.length > 0) || flags['enginePrice'] !== undefined;
  if (isGiven && flags['capacity'] !== true) throw verifyError('CAPACITY_MISSING');
}

function sizeOf(reader: SettingReader): { rounds: number; requestsPerBlock: number } {
  const chosen = ['quick', 'thorough', 'untilResolved'].filter((flag) => reader.isSet(flag));
  if (chosen.length > 1) {
    throw verifyError('DEPTH_CONFLICT');
  }
  switch (chosen[0]) {
    case 'quick':
      return QUICK_SIZE;
    case 'thorough':
      return THOROUGH_SIZE;
    case 'untilResolved':
      return { ...DEFAULT_SIZE, rounds: UNTIL_RESOLVED_ROUNDS_MAX };
    default:
      return DEFAULT_SIZE;
  }
}

/** The old script's rounds set the size of an arm; arms must be equal, so the larger one counts. */
function perBlock(env: Environment, size: { rounds: number; requestsPerBlock: number }): number {
  const old = [env['BASELINE_ROUNDS'], env['CACHED_ROUNDS']].map((text) =>
    Number(text?.trim() || 0),
  );
  const perArm = Math.max(...old.map((it) => (Number.isInteger(it) ? it : 0)));
  return perArm > 0 ? Math.ceil(perArm / size.rounds) : size.requestsPerBlock;
}

/** `ABCD`, `A,B,C`; in the canonical order, each once. */
function armsOf(text: string): ArmId[] {
  const letters = text.toUpperCase().replaceAll(/[\s,]/g, '');
  const arms = ARMS.filter((arm) => letters.includes(arm));
  if (arms.length > 0 && /^[ABCDN]+$/.test(letters)) return arms;
  throw verifyError('ARMS_INVALID', {
    message: `--arms is not a choice of A, B, C, D and N: "${text}".`,
    remedy:
      'A uncacheable, B routing off, C routing on, D straight to the holder, N like C once more; for example --arms BC.',
  });
}
