import type { RoutingConfig } from '../../config/gateway-config.ts';
import { isAvailable } from '../../gateway/balance/cluster.ts';
import { chooseEndpoint } from '../../gateway/policies/choose.ts';
import { leastLoaded } from '../../gateway/policies/least-load.ts';
import { type Policy, steer } from '../../gateway/policies/policy.ts';
import type { Whereabouts } from './whereabouts.ts';

/**
 * Sees all caches as they are: the longest match, of equals the one with fewest requests in flight; what nobody holds
 * goes to the least loaded. No policy that waits for what it is told hits more of a prompt at hand, though one may
 * place prompts better for those to come.
 */
export function oracle({ truth }: Whereabouts): Policy {
  return {
    decide({ cluster }, _reading, tools) {
      const { heldTokens } = truth();
      const nowMs = tools.nowMs();
      const candidates = cluster.endpoints.map((endpoint, engine) => ({
        endpointId: endpoint.config.id,
        isAvailable: isAvailable(endpoint, nowMs),
        inFlight: endpoint.inFlight,
        matchedTokens: heldTokens[engine]!,
      }));
      const choice = chooseEndpoint(candidates, LONGEST);
      const endpointId = choice.endpointId ?? leastLoaded(cluster, tools)?.config.id;
      return {
        ...steer('lookup', choice.reason, endpointId),
        predictedCachedTokens: choice.matchedTokens,
      };
    },
  };
}

/** Load decides ties only. */
const LONGEST: Pick<RoutingConfig, 'minimumMatchTokens' | 'loadWeightTokens' | 'maxAffinityLoss'> =
  {
    minimumMatchTokens: 1,
    loadWeightTokens: 0,
    maxAffinityLoss: 0,
  };
