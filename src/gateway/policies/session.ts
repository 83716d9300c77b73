import { leastLoaded } from './least-load.ts';
import { type Policy, steer } from './policy.ts';
import { bySession } from './session-affinity.ts';

/** Sessions stay where they are, whatever they ask; a request of none goes to the least loaded endpoint. */
export const session: Policy = {
  decide(request, _reading, tools) {
    const decision = bySession(steer('session', 'policy', undefined), request, tools);
    decision.endpointId ??= leastLoaded(request.cluster, tools)?.config.id;
    return decision;
  },
};
