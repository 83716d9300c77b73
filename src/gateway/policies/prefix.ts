import type { RouteDecision } from '../listener/context.ts';
import { leastLoaded } from './least-load.ts';
import { type Policy, steer } from './policy.ts';
import { bySession } from './session-affinity.ts';

/**
 * By what was sent where before, without asking anybody. Prompts nobody holds go to the least loaded
 * endpoint, which holds them from then on.
 */
export const prefix: Policy = {
  decide(request, { indexed, absence }, tools) {
    if (!indexed) return bySession(steer('prefix', absence, undefined), request, tools);
    const choice = tools.prefix.choose(indexed, request.cluster);
    const decision: RouteDecision = {
      policy: 'prefix',
      reason: choice.reason,
      ...(tools.prefix.isShared === false && { cause: 'not-shared' as const }),
      endpointId: choice.endpointId,
      predictedCachedTokens: choice.matchedTokens,
      promptTokens: indexed.chain.promptTokens,
    };
    const steered =
      decision.endpointId === undefined ? bySession(decision, request, tools) : decision;
    steered.endpointId ??= leastLoaded(request.cluster, tools)?.config.id;
    return steered;
  },

  inspect(prompt, { cluster }, tools) {
    const choice = tools.prefix.choose(prompt, cluster);
    return { prefix: choice, parting: tools.prefix.partingOf(prompt, choice) };
  },
};
