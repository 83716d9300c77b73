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

export interface Wanted {
  policy: SimulatedPolicy;
  setting: Setting;
}

export interface Searched {
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
  const settingAt = (engines: number): Setting => ({ ...setting, engines });
  return await searchRows(plan, engineAxis(most), { policy, settingAt });
}

/** By rows that are run to their end with every seed. */
async function searchRows(
  plan: StudyPlan,
  axis: Axis,
  { policy, settingAt }: { policy: SimulatedPolicy; settingAt: (at: number) => Setting },
): Promise<Searched> {
  const rows: SimulatedRow[] = [];
  const limit = await search(axis, plan, async (at) => {
    const row = await simulateRow(plan, policy, settingAt(at));
    if (!row) return undefined;
    const verdict = VERDICTS[judgeRow(row, plan.objectives)];
    rows.push({ ...row, verdict });
    return verdict;
  });
  return { found: foundOf(policy, limit), rows };
}

const VERDICTS = { pass: 'holds', fail: 'fails', inconclusive: 'undecided' } as const;

/** Requests per second that no simulated fleet is asked for more than. */
const RATE_MAX = 1e6;
const RATE_MIN = 1e-3;

/**
 * The same of a trace, its arrivals scaled to each rate. It is asked as a whole, with every seed: that its quiet hours keep
 * the objectives says nothing of its busy ones.
 * @param start requests per second of the first run
 */
export async function findTraceRate(
  plan: StudyPlan,
  { policy, setting, start }: Wanted & { start: number },
): Promise<Searched> {
  const axis = { ...rateAxis(start, { least: RATE_MIN, most: RATE_MAX }), isNoisy: false };
  const settingAt = (rate: number): Setting => ({ ...setting, rate });
  return await searchRows(plan, axis, { policy, settingAt });
}

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
  return { found: foundOf(policy, limit), rows };
}

/** @param limit undefined where the search was cut short */
function foundOf({ name: policy }: SimulatedPolicy, limit: Limit | undefined): Found {
  const { held = null, refused = null, failed = null } = limit ?? {};
  const isUndecided = held === null && refused !== failed;
  return { policy, value: held, failed, ...(isUndecided && { isUndecided }) };
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
