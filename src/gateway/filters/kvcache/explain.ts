import { messageOf } from '../../../base/errors.ts';
import { ROUTING_POLICIES, type RoutingPolicy } from '../../../config/routing-policies.ts';
import type { DialectState } from '../../../net/controller/controller-client.ts';
import type { Holding } from '../../../protocol/lmcache.ts';
import type { ReasonCode } from '../../listener/context.ts';
import { candidatesOf } from '../../policies/candidates.ts';
import {
  type Candidate,
  type ChoiceOptions,
  type Score,
  scoreCandidates,
} from '../../policies/choose.ts';
import type { Parting } from '../../policies/prompt-parts.ts';
import type { PrefixChoice } from '../../policies/prefix-route.ts';
import { standInReason } from '../../policies/stand-in.ts';
import type { LookupTrace } from '../../policies/lookup-route.ts';
import type { RoutingRequest } from '../../policies/policy.ts';
import { POLICIES } from '../../policies/table.ts';
import type { InspectedDecision } from './decider.ts';
import type { ShadowChoice } from './shadows.ts';

/** Why a request would go where it would go. Null = not known or not looked at. */
export interface Explanation {
  policy: RoutingPolicy | null;
  reason: ReasonCode;
  /** Why there was no lookup, where the prefix index stands in for it. */
  cause: ReasonCode | null;
  /** Null leaves the choice to session affinity or the cluster's `lb_policy`. */
  endpointId: string | null;
  predictedCachedTokens: number | null;
  tokens: { count: number; from: 'cache' | 'engine' | 'beginning' } | null;
  dialect: DialectState | null;
  /** What the controller said, instances outside the cluster included. */
  lookup: readonly Holding[] | null;
  endpoints: readonly ExplainedEndpoint[];
  /** The first place where the prompt differs from what the prefix index knows; null when it does not. */
  parting: Parting | null;
  /** What the policies of `shadow` would do. */
  shadow: readonly ShadowChoice[];
  /** What went wrong on the way, in one sentence. */
  failure: string | null;
}

export interface ExplainedEndpoint {
  endpointId: string;
  address: string;
  isAvailable: boolean;
  inFlight: number;
  matchedTokens: number;
  score: number | null;
  /** Why it was or was not chosen. */
  why: string;
}

export interface ExplainSettings {
  dialect: DialectState;
  choice: ChoiceOptions;
  nowMs: number;
}

/** Puts an inspected decision into words. */
export function explain(
  inspection: InspectedDecision,
  request: RoutingRequest,
  settings: ExplainSettings,
): Explanation {
  const { policy, absence, trace, prefix, parting, shadow } = inspection;
  const found = prefix ?? trace;
  const candidates =
    prefix?.candidates ?? candidatesOf(request.cluster, holdingsOf(trace), settings.nowMs);
  return {
    ...NOTHING,
    policy,
    reason: POLICIES[policy].inspect ? (absence ?? 'no-prompt') : 'policy',
    dialect: ROUTING_POLICIES[policy].asks === 'controller' ? settings.dialect : null,
    ...(trace && explainTrace(trace)),
    ...(prefix && explainPrefix(prefix, trace)),
    parting: parting ?? null,
    shadow,
    endpoints: explainEndpoints(candidates, request, {
      choice: settings.choice,
      chosenId: found?.endpointId,
    }),
  };
}

/** The explanation of a filter that is not enabled. */
export function explainOff(): Explanation {
  return NOTHING;
}

const NOTHING: Explanation = {
  policy: null,
  reason: 'off',
  cause: null,
  endpointId: null,
  predictedCachedTokens: null,
  tokens: null,
  dialect: null,
  lookup: null,
  endpoints: [],
  parting: null,
  shadow: [],
  failure: null,
};

function explainTrace(trace: LookupTrace): Partial<Explanation> {
  const { tokens, tokensFrom } = trace;
  return {
    reason: trace.reason,
    endpointId: trace.endpointId ?? null,
    predictedCachedTokens: trace.predictedCachedTokens ?? null,
    tokens: tokens && tokensFrom ? { count: tokens.count, from: tokensFrom } : null,
    lookup: trace.layout?.holdings ?? null,
    failure: trace.failure === undefined ? null : messageOf(trace.failure),
  };
}

function explainPrefix(prefix: PrefixChoice, trace: LookupTrace | undefined): Partial<Explanation> {
  return {
    reason: trace ? standInReason(prefix.reason) : prefix.reason,
    cause: trace?.reason ?? null,
    endpointId: prefix.endpointId ?? null,
    predictedCachedTokens: prefix.matchedTokens ?? null,
  };
}

function explainEndpoints(
  candidates: readonly Candidate[],
  request: RoutingRequest,
  outcome: { choice: ChoiceOptions; chosenId: string | undefined },
): ExplainedEndpoint[] {
  const scores = scoreCandidates(candidates, outcome.choice);
  const chosen = scores.find(({ endpointId }) => endpointId === outcome.chosenId);
  return scores.map((score) => ({
    endpointId: score.endpointId,
    address: request.cluster.byId.get(score.endpointId)?.address ?? '',
    isAvailable: score.isAvailable,
    inFlight: score.inFlight,
    matchedTokens: score.matchedTokens,
    score: score.score ?? null,
    why: whyOf(score, chosen, outcome.choice),
  }));
}

function whyOf(score: Score, chosen: Score | undefined, choice: ChoiceOptions): string {
  if (score === chosen) return 'chosen';
  if (!score.isAvailable) return 'unhealthy or cooling down after a failure';
  if (!chosen) {
    return score.matchedTokens === 0
      ? 'not known to hold anything of this prompt'
      : `${score.matchedTokens} matched tokens, minimum ${choice.minimumMatchTokens}`;
  }
  if (score.score === undefined) {
    return `taking it would give up more than ${choice.maxAffinityLoss * 100} % of the best match`;
  }
  if (score.score < (chosen.score ?? -Infinity)) {
    return `score ${score.score} is below ${chosen.score}`;
  }
  return 'equal score; shorter match, more load, or a later id';
}

function holdingsOf(trace: LookupTrace | undefined): readonly Holding[] {
  return trace?.layout?.holdings ?? [];
}
