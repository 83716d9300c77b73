import type { Scenario } from './scenario.ts';

/** They read what our gateway alone says of itself, in headers of its own. */
const OURS: ReadonlySet<string> = new Set(['reason-rate', 'unkept-prediction-share']);

/** A scenario as a gateway that is not ours can be judged by it, and the ids of the checks that it cannot. */
export function forStranger(scenario: Scenario): { scenario: Scenario; leftOut: string[] } {
  const leftOut = scenario.checks.filter(({ measure }) => OURS.has(measure)).map(({ id }) => id);
  const checks = scenario.checks.filter(({ id }) => !leftOut.includes(id));
  return { scenario: { ...scenario, checks }, leftOut };
}
