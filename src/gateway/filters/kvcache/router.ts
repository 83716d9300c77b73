import type { KvcacheFilterConfig, RoutingPolicy } from '../../../config/gateway-config.ts';
import { POLICY_HEADER } from '../../../protocol/headers.ts';
import { viewPrompt } from '../../../protocol/openai.ts';
import type { ReasonCode, RequestContext, RouteDecision } from '../../context.ts';
import { BlindPolicies } from '../../routing/policies.ts';
import { prefixMemory } from '../../routing/prefix-memory.ts';
import { type PrefixChoice, PrefixRoute } from '../../routing/prefix-route.ts';
import { rendezvous } from '../../routing/rendezvous.ts';
import type { KvcacheParts } from './assembly.ts';
import type { LookupTrace } from './lookup-route.ts';
import type { Known } from './maintenance.ts';
import { recordPrediction } from './predictions.ts';
import { type Prompt, type PromptRules, readPrompt } from './prompt.ts';
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
  /** Policy `lookup` only; undefined when the body carries no prompt. */
  prompt: Prompt | undefined;
  trace: LookupTrace | undefined;
  /** Policy `prefix` only. */
  prefix: PrefixChoice | undefined;
}

/** Decides for one request after another which endpoint should get it, by the policy in force. */
export class Router {
  readonly #services: KvcacheServices;
  readonly #parts: KvcacheParts;
  readonly #rules: PromptRules;
  readonly #blind: BlindPolicies;
  readonly #prefix: PrefixRoute;

  constructor(config: KvcacheFilterConfig, services: KvcacheServices, parts: KvcacheParts) {
    this.#services = services;
    this.#parts = parts;
    this.#rules = {
      defaultModel: config.defaultModel,
      cacheKey: services.extension.faults.cache_key,
    };
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
    const decision = await this.#byPolicy(this.#policyOf(context), context);
    this.#parts.metrics.decisionSeconds.observe((clock.nowMs() - startedMs) / 1_000);
    return decision;
  }

  /** The same decision without any of its consequences, for `explain`. */
  async inspect(request: RoutingRequest): Promise<Inspection> {
    const policy = this.#policyOf(request);
    if (policy === 'lookup') {
      const prompt = readPrompt(request.body, request.path, this.#rules);
      const trace = prompt && (await this.#parts.route.decide(prompt, request.cluster));
      return { policy, prompt, trace, prefix: undefined };
    }
    const view = viewPrompt(request.body, request.path);
    const isByPrefix = policy === 'prefix' && view !== undefined;
    const prefix = isByPrefix ? this.#prefix.choose(view, request.cluster) : undefined;
    return { policy, prompt: undefined, trace: undefined, prefix };
  }

  #policyOf(context: RoutingRequest): RoutingPolicy {
    const { policy, allowHeaderOverride } = this.#services.extension.routing;
    const wanted = allowHeaderOverride ? context.headers[POLICY_HEADER] : undefined;
    return typeof wanted === 'string' && POLICIES.has(wanted) ? (wanted as RoutingPolicy) : policy;
  }

  #byPolicy(
    policy: RoutingPolicy,
    context: RequestContext,
  ): RouteDecision | Promise<RouteDecision> {
    switch (policy) {
      case 'lookup':
        return this.#byLookup(context);
      case 'prefix':
        return this.#byPrefix(context);
      case 'consistent-hash':
        return this.#byHash(context);
      case 'least-load':
      case 'round-robin':
      case 'random':
        return steer(policy, 'policy', this.#blind.choose(policy, context.cluster)?.config.id);
    }
  }

  async #byLookup(context: RequestContext): Promise<RouteDecision> {
    const prompt = readPrompt(context.body, context.path, this.#rules);
    if (!prompt) return this.#bySession(context, steer('lookup', 'no-prompt', undefined));
    const trace = await this.#parts.route.decide(prompt, context.cluster);
    this.#maintain(context, prompt, trace);
    const decision: RouteDecision = {
      policy: 'lookup',
      reason: trace.reason,
      endpointId: trace.endpointId,
      predictedCachedTokens: trace.predictedCachedTokens,
      promptTokens: trace.tokensFrom === 'beginning' ? undefined : trace.tokens?.count,
    };
    context.onFinished((result) => recordPrediction(this.#parts.metrics, decision, result));
    return decision.endpointId === undefined ? this.#bySession(context, decision) : decision;
  }

  #maintain(context: RequestContext, prompt: Prompt, trace: LookupTrace): void {
    const { maintenance } = this.#parts;
    if (this.#services.extension.faults.background_cancelled !== 'strict') {
      maintenance.schedule(prompt, context.cluster, knownFrom(trace));
      return;
    }
    const stop = new AbortController();
    context.onFinished(() => stop.abort(new Error('The request is over.')));
    maintenance.schedule(prompt, context.cluster, knownFrom(trace), stop.signal);
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
  #byPrefix(context: RequestContext): RouteDecision {
    const { cluster } = context;
    const view = viewPrompt(context.body, context.path);
    if (!view) return this.#bySession(context, steer('prefix', 'no-prompt', undefined));
    const choice = this.#prefix.choose(view, cluster);
    const decision = {
      ...steer('prefix', choice.reason, choice.endpointId),
      predictedCachedTokens: choice.matchedTokens,
    };
    const steered =
      decision.endpointId === undefined ? this.#bySession(context, decision) : decision;
    steered.endpointId ??= this.#blind.choose('least-load', cluster)?.config.id;
    if (steered.endpointId) this.#prefix.record(choice.chain, cluster, steered.endpointId);
    context.onFinished((result) => {
      recordPrediction(this.#parts.metrics, steered, result);
      if (result.usage) this.#prefix.noteUsage(choice.chain, result.usage.promptTokens);
      if (result.endpointId !== undefined && result.endpointId !== steered.endpointId) {
        this.#prefix.record(choice.chain, cluster, result.endpointId);
      }
    });
    return steered;
  }

  #byHash(context: RequestContext): RouteDecision {
    const key = this.#sessionOf(context) ?? headOf(context.body, context.path);
    const endpoint = key && rendezvous(context.cluster, key, this.#services.clock.nowMs());
    const reason = key ? 'policy' : 'no-prompt';
    return steer('consistent-hash', reason, endpoint ? endpoint.config.id : undefined);
  }

  #sessionOf(context: RoutingRequest): string | undefined {
    const { routing, compat } = this.#services.extension;
    if (routing.sessionHeader === '' || compat === 'strict') return undefined;
    const value = context.headers[routing.sessionHeader];
    return typeof value === 'string' && value !== '' ? value : undefined;
  }
}

const UNTOKENIZABLE: ReadonlySet<ReasonCode> = new Set([
  'no-prompt',
  'multimodal',
  'salted',
  'tokenize-failed',
]);

function knownFrom({ tokens, tokensFrom, layout, reason }: LookupTrace): Known {
  return {
    tokens: tokensFrom === 'beginning' ? undefined : tokens,
    layout,
    isTokenizable: !UNTOKENIZABLE.has(reason),
  };
}

/** Bytes of a prompt that consistent hashing looks at: enough to tell applications apart. */
const HEAD_BYTES = 1_024;

/** The beginning of the prompt with all that stands beside it; undefined without a prompt. */
function headOf(body: Buffer, path: string): string | undefined {
  const view = viewPrompt(body, path);
  if (!view) return undefined;
  const { start, end } = view.promptSpan;
  return view.frameKey + body.toString('latin1', start, Math.min(end, start + HEAD_BYTES));
}

function steer(
  policy: RoutingPolicy,
  reason: ReasonCode,
  endpointId: string | undefined,
): RouteDecision {
  return { policy, reason, endpointId, predictedCachedTokens: undefined, promptTokens: undefined };
}
