import type { KvcacheFilterConfig, RoutingPolicy } from '../../../config/gateway-config.ts';
import { POLICY_HEADER } from '../../../protocol/headers.ts';
import type { PromptView } from '../../../protocol/openai.ts';
import type { Cluster } from '../../balance/cluster.ts';
import type { ReasonCode, RequestContext, RouteDecision } from '../../listener/context.ts';
import { BlindPolicies } from '../../policies/least-load.ts';
import { prefixMemory } from '../../policies/prefix-memory.ts';
import type { Parting } from '../../policies/prompt-parts.ts';
import { type IndexedPrompt, type PrefixChoice, PrefixRoute } from '../../policies/prefix-route.ts';
import { rendezvous } from '../../policies/rendezvous.ts';
import type { KvcacheParts } from './assembly.ts';
import type { LookupTrace } from '../../policies/lookup-route.ts';
import type { Known } from './maintenance.ts';
import { recordPrediction } from './predictions.ts';
import { needsStandIn, standInReason } from '../../policies/stand-in.ts';
import { readPrompt } from '../../lookup/prompt.ts';
import { type Reading, readRequest } from '../../policies/reading.ts';
import type { KvcacheServices } from './services.ts';

const POLICIES: ReadonlySet<string> = new Set<RoutingPolicy>([
  'lookup',
  'prefix',
  'least-load',
  'round-robin',
  'random',
  'consistent-hash',
]);

/** The part of a request that routing looks at. */
export type RoutingRequest = Pick<RequestContext, 'body' | 'path' | 'headers' | 'cluster'>;

/** What a decision would be made from. */
export interface Inspection {
  policy: RoutingPolicy;
  /** Why the body carries no prompt; undefined when it does. */
  absence: ReasonCode | undefined;
  /** Policy `lookup` only. */
  trace: LookupTrace | undefined;
  /** Policy `prefix`, and where the index stands in for a lookup. */
  prefix: PrefixChoice | undefined;
  /** Where the prompt leaves what the index knows. */
  parting: Parting | undefined;
}

/** Decides for one request after another which endpoint should get it, by the policy in force. */
export class Router {
  readonly #services: KvcacheServices;
  readonly #parts: KvcacheParts;
  readonly #defaultModel: string;
  readonly #blind: BlindPolicies;
  readonly #prefix: PrefixRoute;

  constructor(config: KvcacheFilterConfig, services: KvcacheServices, parts: KvcacheParts) {
    this.#services = services;
    this.#parts = parts;
    this.#defaultModel = config.defaultModel;
    const nowMs = (): number => services.clock.nowMs();
    this.#blind = new BlindPolicies(nowMs, services.seed);
    const { routing } = services.extension;
    const memory = prefixMemory(services.registry, routing.prefixIndex, nowMs);
    memory.keepOnly(services.clusters);
    this.#prefix = new PrefixRoute(routing, nowMs, memory);
  }

  /** Never throws: whatever fails is a reason not to steer. */
  async decide(context: RequestContext): Promise<RouteDecision> {
    const { clock } = this.#services;
    const startedMs = clock.nowMs();
    const policy = this.#policyOf(context);
    const reading = this.#read(context);
    const decision = await this.#byPolicy(policy, context, reading);
    if (reading.indexed) this.#remember(context, reading.indexed);
    context.onFinished((result) => recordPrediction(this.#parts.metrics, decision, result));
    this.#parts.metrics.decisionSeconds.observe((clock.nowMs() - startedMs) / 1_000);
    return decision;
  }

  /** The same decision without any of its consequences, for `explain`. */
  async inspect(request: RoutingRequest): Promise<Inspection> {
    const policy = this.#policyOf(request);
    const { indexed, absence } = this.#read(request);
    const inspection: Inspection = {
      policy,
      absence: indexed ? undefined : absence,
      trace: undefined,
      prefix: undefined,
      parting: undefined,
    };
    if (!indexed || (policy !== 'lookup' && policy !== 'prefix')) return inspection;
    if (policy === 'lookup') {
      const prompt = readPrompt(indexed.view, this.#defaultModel);
      inspection.trace = await this.#parts.route.decide(prompt, request.cluster);
    }
    const choice = this.#prefix.choose(indexed, request.cluster);
    inspection.parting = this.#prefix.partingOf(indexed, choice);
    if (policy === 'prefix') inspection.prefix = choice;
    else inspection.prefix = this.#standIn(indexed, request.cluster, inspection.trace);
    return inspection;
  }

  #read(request: RoutingRequest): Reading {
    return readRequest(request, this.#prefix);
  }

  /** Under every policy, so that the index is warm when it is needed. */
  #remember(context: RequestContext, indexed: IndexedPrompt): void {
    context.onSent((id) => this.#prefix.record(indexed.chain, context.cluster, id));
    context.onFinished(({ usage }) => {
      if (usage) this.#prefix.noteUsage(indexed, usage.promptTokens);
    });
  }

  #policyOf(context: RoutingRequest): RoutingPolicy {
    const { policy, allowHeaderOverride } = this.#services.extension.routing;
    const wanted = allowHeaderOverride ? context.headers[POLICY_HEADER] : undefined;
    return typeof wanted === 'string' && POLICIES.has(wanted) ? (wanted as RoutingPolicy) : policy;
  }

  #byPolicy(
    policy: RoutingPolicy,
    context: RequestContext,
    reading: Reading,
  ): RouteDecision | Promise<RouteDecision> {
    switch (policy) {
      case 'lookup':
        return this.#byLookup(context, reading);
      case 'prefix':
        return this.#byPrefix(context, reading);
      case 'consistent-hash':
        return this.#byHash(context, reading);
      case 'least-load':
      case 'round-robin':
      case 'random':
        return steer(policy, 'policy', this.#blind.choose(policy, context.cluster)?.config.id);
    }
  }

  async #byLookup(context: RequestContext, { indexed, absence }: Reading): Promise<RouteDecision> {
    const { cluster } = context;
    if (!indexed) return this.#bySession(context, steer('lookup', absence, undefined));
    const prompt = readPrompt(indexed.view, this.#defaultModel);
    const trace = await this.#parts.route.decide(prompt, cluster);
    this.#parts.maintenance.schedule(prompt, cluster, knownFrom(trace));
    const decision: RouteDecision = {
      policy: 'lookup',
      reason: trace.reason,
      endpointId: trace.endpointId,
      predictedCachedTokens: trace.predictedCachedTokens,
      promptTokens: trace.tokensFrom === 'beginning' ? undefined : trace.tokens?.count,
    };
    if (decision.endpointId !== undefined) return decision;
    const choice = this.#standIn(indexed, cluster, trace);
    return choice ? degraded(decision, choice) : this.#bySession(context, decision);
  }

  /** What the index says where no lookup could be made; undefined where it knows no holder. */
  #standIn(
    indexed: IndexedPrompt,
    cluster: Cluster,
    trace: LookupTrace | undefined,
  ): PrefixChoice | undefined {
    if (!trace || !needsStandIn(trace.reason)) return undefined;
    const tokenized = trace.tokensFrom === 'beginning' ? undefined : trace.tokens?.count;
    const choice = this.#prefix.choose(indexed, cluster, tokenized);
    return choice.endpointId === undefined ? undefined : choice;
  }

  /** Where nothing is known of the prompt, a session at least stays where it is. */
  #bySession(context: RequestContext, decision: RouteDecision): RouteDecision {
    const session = this.#sessionOf(context);
    if (session === undefined) return decision;
    const endpoint = rendezvous(context.cluster, session, this.#services.clock.nowMs());
    if (!endpoint) return decision;
    return { ...decision, reason: 'session', endpointId: endpoint.config.id };
  }

  /** Prompts nobody holds go to the least loaded endpoint, which holds them from then on. */
  #byPrefix(context: RequestContext, { indexed, absence }: Reading): RouteDecision {
    const { cluster } = context;
    if (!indexed) return this.#bySession(context, steer('prefix', absence, undefined));
    const choice = this.#prefix.choose(indexed, cluster);
    const decision: RouteDecision = {
      policy: 'prefix',
      reason: choice.reason,
      endpointId: choice.endpointId,
      predictedCachedTokens: choice.matchedTokens,
      promptTokens: indexed.chain.promptTokens,
    };
    const steered =
      decision.endpointId === undefined ? this.#bySession(context, decision) : decision;
    steered.endpointId ??= this.#blind.choose('least-load', cluster)?.config.id;
    return steered;
  }

  #byHash(context: RequestContext, { indexed, absence }: Reading): RouteDecision {
    const key = this.#sessionOf(context) ?? (indexed && headOf(indexed.view));
    const endpoint = key && rendezvous(context.cluster, key, this.#services.clock.nowMs());
    const reason = key ? 'policy' : absence;
    return steer('consistent-hash', reason, endpoint ? endpoint.config.id : undefined);
  }

  #sessionOf(context: RoutingRequest): string | undefined {
    const { routing } = this.#services.extension;
    if (routing.sessionHeader === '') return undefined;
    const value = context.headers[routing.sessionHeader];
    return typeof value === 'string' && value !== '' ? value : undefined;
  }
}

const UNTOKENIZABLE: ReadonlySet<ReasonCode> = new Set([
  'no-prompt',
  'no-tokens',
  'multimodal',
  'salted',
  'tokenize-failed',
]);

function degraded(decision: RouteDecision, choice: PrefixChoice): RouteDecision {
  return {
    ...decision,
    reason: standInReason(choice.reason),
    cause: decision.reason,
    endpointId: choice.endpointId,
    predictedCachedTokens: choice.matchedTokens,
  };
}

function knownFrom({ tokens, tokensFrom, layout, reason }: LookupTrace): Known {
  return {
    tokens: tokensFrom === 'beginning' ? undefined : tokens,
    layout,
    isTokenizable: !UNTOKENIZABLE.has(reason),
  };
}

/** Bytes of a prompt that consistent hashing looks at: enough to tell applications apart. */
const HEAD_BYTES = 1_024;

/** The beginning of the prompt with all that stands beside it. */
function headOf({ body, frameKey, promptSpan: { start, end } }: PromptView): string {
  return frameKey + body.toString('latin1', start, Math.min(end, start + HEAD_BYTES));
}

function steer(
  policy: RoutingPolicy,
  reason: ReasonCode,
  endpointId: string | undefined,
): RouteDecision {
  return { policy, reason, endpointId, predictedCachedTokens: undefined, promptTokens: undefined };
}
