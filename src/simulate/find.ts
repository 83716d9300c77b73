import { judgeRow } from './result/judge.ts';
import type { Found, Setting, SimulatedRow } from './result/result.ts';
import type { SimulatedPolicy } from './routing/simulated-policy.ts';
import { simulateRow, type StudyPlan } from './study.ts';

/**
 * The fewest engines with which a policy keeps all objectives: twice as many until it does, then halves between. What
 * is undecided counts as not kept. It takes for granted that more engines never do worse; docs/simulation.md says where not.
 * @param most engines tried
 */
export async function findEngines(
  plan: StudyPlan,
  policy: SimulatedPolicy,
  { setting, most }: { setting: Setting; most: number },
): Promise<{ found: Found; rows: SimulatedRow[] }> {
  const rows: SimulatedRow[] = [];
  const keeps = async (engines: number): Promise<boolean> => {
    const row = await simulateRow(plan, policy, { ...setting, engines });
    if (!row) return false;
    rows.push(row);
    return judgeRow(row, plan.objectives) === 'pass';
  };
  let low = 0;
  let high = 1;
  while (!plan.signal.aborted && !(await keeps(high))) {
    if (high === most) return { found: { policy: policy.name, value: null }, rows };
    low = high;
    high = Math.min(most, 2 * high);
  }
  while (!plan.signal.aborted && high - low > 1) {
    const middle = (low + high) >> 1;
    if (await keeps(middle)) high = middle;
    else low = middle;
  }
  const value = plan.signal.aborted ? null : high;
  return { found: { policy: policy.name, value }, rows };
}
