import type { Random } from '../../base/random.ts';
import type { RoutingPolicy } from '../../config/routing-policies.ts';
import type { Cluster } from '../balance/cluster.ts';
import type { ReasonCode, RequestContext, RouteDecision } from '../listener/context.ts';
import type { Prompt } from '../lookup/prompt.ts';
import type { LookupRoute, LookupTrace } from './lookup-route.ts';
import type { IndexedPrompt, PrefixChoice, PrefixRoute } from './prefix-route.ts';
import type { Parting } from './prompt-parts.ts';
import type { Reading } from './reading.ts';
import type { Turns } from './turns.ts';

/** The part of a request that routing looks at. */
export type RoutingRequest = Pick<RequestContext, 'body' | 'path' | 'headers' | 'cluster'>;

/** What policies decide with; one set per filter. */
export interface PolicyTools {
  nowMs: () => number;
  random: Random;
  turns: Turns;
  /** By the controller. */
  lookup: LookupRoute;
  /** By the engines' KV events. */
  events: LookupRoute;
  /** Told of each lookup that decided for a request. */
  onLookedUp: (prompt: Prompt, cluster: Cluster, trace: LookupTrace) => void;
  /** The model of requests that name none. */
  defaultModel: string;
  prefix: PrefixRoute;
  /** Lower case; empty = off. */
  sessionHeader: string;
  /** Most requests at one endpoint under `bounded-hash`, as a multiple of the mean; at least 1. */
  hashLoadMax: number;
}

/** What a decision by the prompt's content would be made from. */
export interface Inspection {
  trace?: LookupTrace;
  /** The index's choice, also where it stands in for a lookup. */
  prefix?: PrefixChoice | undefined;
  /** Where the prompt leaves what the index knows. */
  parting?: Parting | undefined;
}

/** A way of deciding which endpoint should get a request. */
export interface Policy {
  /** Never throws: whatever fails is a reason not to steer. */
  decide(
    request: RoutingRequest,
    reading: Reading,
    tools: PolicyTools,
  ): RouteDecision | Promise<RouteDecision>;
  /** The same without any of its consequences, for `explain`; absent where no prompt is looked at. */
  inspect?(
    prompt: IndexedPrompt,
    request: RoutingRequest,
    tools: PolicyTools,
  ): Inspection | Promise<Inspection>;
}

/** A decision that says nothing of tokens. */
export function steer(
  policy: RoutingPolicy,
  reason: ReasonCode,
  endpointId: string | undefined,
): RouteDecision {
  return { policy, reason, endpointId, predictedCachedTokens: undefined, promptTokens: undefined };
}
