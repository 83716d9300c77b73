import type { RoutingPolicy } from '../../config/routing-policies.ts';
import type { Cluster } from '../balance/cluster.ts';
import type { RouteDecision } from '../listener/context.ts';
import { type Prompt, readPrompt } from '../lookup/prompt.ts';
import type { LookupRoute, LookupTrace } from './lookup-route.ts';
import { type Policy, type PolicyTools, steer } from './policy.ts';
import type { IndexedPrompt, PrefixChoice } from './prefix-route.ts';
import { bySession } from './session-affinity.ts';
import { needsStandIn, standInReason } from './stand-in.ts';

interface Holders {
  routeOf: (tools: PolicyTools) => LookupRoute;
  /** Told of each lookup that decided for a request. */
  onAsked?: (tools: PolicyTools, prompt: Prompt, cluster: Cluster, trace: LookupTrace) => void;
}

/**
 * By what somebody says who holds the prompt. The prefix index stands in where nobody could say;
 * what neither of them knows stays with its session.
 */
export const askHolders = (policy: RoutingPolicy, { routeOf, onAsked }: Holders): Policy => ({
  async decide(request, { indexed, absence }, tools) {
    if (!indexed) return bySession(steer(policy, absence, undefined), request, tools);
    const { cluster } = request;
    const prompt = readPrompt(indexed.view, tools.defaultModel);
    const trace = await routeOf(tools).decide(prompt, cluster);
    onAsked?.(tools, prompt, cluster, trace);
    const decision: RouteDecision = {
      policy,
      reason: trace.reason,
      endpointId: trace.endpointId,
      predictedCachedTokens: trace.predictedCachedTokens,
      promptTokens: countedTokens(trace),
    };
    if (decision.endpointId !== undefined) return decision;
    const choice = standIn(trace, { indexed, cluster }, tools);
    return choice ? degraded(decision, choice) : bySession(decision, request, tools);
  },

  async inspect(indexed, { cluster }, tools) {
    const prompt = readPrompt(indexed.view, tools.defaultModel);
    const trace = await routeOf(tools).decide(prompt, cluster);
    const choice = tools.prefix.choose(indexed, cluster);
    return {
      trace,
      prefix: standIn(trace, { indexed, cluster }, tools),
      parting: tools.prefix.partingOf(indexed, choice),
    };
  },
});

/** What the index says where no lookup could be made; undefined where it knows no holder. */
function standIn(
  trace: LookupTrace,
  { indexed, cluster }: { indexed: IndexedPrompt; cluster: Cluster },
  { prefix }: PolicyTools,
): PrefixChoice | undefined {
  if (!needsStandIn(trace.reason)) return undefined;
  const choice = prefix.choose(indexed, cluster, countedTokens(trace));
  return choice.endpointId === undefined ? undefined : choice;
}

/** Undefined where only the prompt's beginning was counted. */
function countedTokens({ tokens, tokensFrom }: LookupTrace): number | undefined {
  return tokensFrom === 'beginning' ? undefined : tokens?.count;
}

function degraded(decision: RouteDecision, choice: PrefixChoice): RouteDecision {
  return {
    ...decision,
    reason: standInReason(choice.reason),
    cause: decision.reason,
    endpointId: choice.endpointId,
    predictedCachedTokens: choice.matchedTokens,
  };
}
