import type { Environment } from '../../base/environment.ts';
import { type Objective, parseObjective } from '../../capacity/objective.ts';
import { LMCACHE_CHUNK_TOKENS } from '../../target/alignment.ts';
import { type FlagValue, SettingReader } from '../../target/setting-reader.ts';
import type { WorkloadSpec } from '../../load/workload.ts';
import { verifyError } from '../errors.ts';
import { EXPERIMENT_FLAGS } from '../experiment/flags.ts';
import type { ExperimentPlan } from '../experiment/plan.ts';

/** What is compared under load, beside what any verification asks for. */
export interface CapacityPlan {
  objectives: Objective[];
  /** Of one engine; null where nobody said. */
  pricePerHour: number | null;
  workload: Extract<WorkloadSpec, { kind: 'shared-prefix' }>;
}

/** Beginnings side by side, and how often each is asked: first it is new, then an engine holds it. */
const GROUPS = 24;
const REUSE = 8;

/** @throws KvcacheError SLO_MISSING, PRICE_INVALID, and as `parseObjective` (kind usage) */
export function resolveCapacityPlan(
  flags: Readonly<Record<string, FlagValue>>,
  env: Environment,
  { prefixTokens }: ExperimentPlan,
): CapacityPlan {
  const read = new SettingReader(flags, env).from(EXPERIMENT_FLAGS);
  const objectives = read('slo').map(parseObjective);
  if (objectives.length === 0) throw verifyError('SLO_MISSING');
  return {
    objectives,
    pricePerHour: priceOf(read('enginePrice')),
    workload: {
      kind: 'shared-prefix',
      sharedTokens: prefixTokens,
      promptTokens: prefixTokens + LMCACHE_CHUNK_TOKENS,
      groups: GROUPS,
      reuse: REUSE,
    },
  };
}

function priceOf(text: string | undefined): number | null {
  if (text === undefined) return null;
  const price = /^(\d+(?:\.\d+)?)(?:\/h)?$/.exec(text.trim())?.[1];
  if (price !== undefined && Number(price) > 0) return Number(price);
  throw verifyError('PRICE_INVALID', { message: `--engine-price cannot be "${text}".` });
}
