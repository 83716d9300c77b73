import type { Cluster, Endpoint } from '../balance/cluster.ts';
import { type Policy, type PolicyTools, steer } from './policy.ts';

/** The available endpoint with the fewest requests in flight; equals take turns. */
export const leastLoad: Policy = {
  decide: ({ cluster }, _reading, tools) =>
    steer('least-load', 'policy', leastLoaded(cluster, tools)?.config.id),
};

export function leastLoaded(
  cluster: Cluster,
  { turns, nowMs }: Pick<PolicyTools, 'turns' | 'nowMs'>,
): Endpoint | undefined {
  const inTurn = turns.next(cluster, nowMs());
  return inTurn.length === 0
    ? undefined
    : inTurn.reduce((least, it) => (it.inFlight < least.inFlight ? it : least));
}
