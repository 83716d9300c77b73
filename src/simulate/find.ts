import {
  type Axis,
  engineAxis,
  type Limit,
  limitOf,
  nextAlong,
  rateAxis,
  type Tried,
} from '../capacity/limit-search.ts';
import { judgeRow } from './result/judge.ts';
import type { Found, Setting, SimulatedRow } from './result/result.ts';
import type { SimulatedPolicy } from './routing/simulated-policy.ts';
import { simulateRate } from './rate.ts';
import { simulateRow, type StudyPlan } from './study.ts';

interface Wanted {
  policy: SimulatedPolicy;
  setting: Setting;
}

interface Searched {
  found: Found;
  rows: SimulatedRow[];
}

/**
 * The fewest engines with which a policy keeps all objectives. What is undecided counts as not kept. It takes for
 * granted that more engines never do worse; docs/simulation.md says where not.
 * @param most engines tried
 */
export async function findEngines(
  plan: StudyPlan,
  { policy, setting, most }: Wanted & { most: number },
): Promise<Searched> {
  const rows: SimulatedRow[] = [];
  const limit = await search(engineAxis(most), plan, async (engines) => {
    const row = await simulateRow(plan, policy, { ...setting, engines });
    if (!row) return undefined;
    const verdict = VERDICTS[judgeRow(row, plan.objectives)];
    rows.push({ ...row, verdict });
    return verdict;
  });
  return { found: { policy: policy.name, value: limit?.held ?? null }, rows };
}

const VERDICTS = { pass: 'holds', fail: 'fails', inconclusive: 'undecided' } as const;

/** Requests per second that no simulated fleet is asked for more than. */
const RATE_MAX = 1e6;
const RATE_MIN = 1e-3;

/**
 * The highest rate at which a policy keeps all objectives, judged request by request as a live search judges it.
 * @param start requests per second of the first run
 */
export async function findRate(
  plan: StudyPlan,
  { policy, setting, start }: Wanted & { start: number },
): Promise<Searched> {
  const rows: SimulatedRow[] = [];
  const axis = rateAxis(start, { least: RATE_MIN, most: RATE_MAX });
  const limit = await search(axis, plan, async (rate, index) => {
    const measured = await simulateRate(plan, { policy, setting: { ...setting, rate }, index });
    if (!measured) return undefined;
    const { row, verdict } = measured;
    rows.push({ ...row, verdict });
    return verdict;
  });
  const { held = null, failed = null } = limit ?? {};
  return { found: { policy: policy.name, value: held, failed }, rows };
}

/** Undefined where the signal cut it short. */
async function search(
  axis: Axis,
  { signal }: StudyPlan,
  measure: (at: number, index: number) => Promise<Tried['verdict'] | undefined>,
): Promise<Limit | undefined> {
  const tried: Tried[] = [];
  for (;;) {
    const at = nextAlong(axis, tried);
    if (typeof at !== 'number') return limitOf(axis, tried);
    const verdict = signal.aborted ? undefined : await measure(at, tried.length);
    if (verdict === undefined) return undefined;
    tried.push({ at, verdict });
  }
}
