import { createRandom } from '../../../base/random.ts';
import type { Clock } from '../../../base/clock.ts';
import type { KvcacheFilterConfig, RoutingConfig } from '../../../config/gateway-config.ts';
import { isRoutingPolicy, type RoutingPolicy } from '../../../config/routing-policies.ts';
import { POLICY_HEADER } from '../../../protocol/headers.ts';
import type { ReasonCode, RequestContext, RouteDecision } from '../../listener/context.ts';
import type { LookupTrace } from '../../policies/lookup-route.ts';
import type { Inspection, PolicyTools, RoutingRequest } from '../../policies/policy.ts';
import { prefixMemory } from '../../policies/prefix-memory.ts';
import { type IndexedPrompt, PrefixRoute } from '../../policies/prefix-route.ts';
import { RequestReader } from '../../policies/reading.ts';
import { POLICIES } from '../../policies/table.ts';
import { Turns } from '../../policies/turns.ts';
import type { KvcacheParts } from './assembly.ts';
import type { Known } from './maintenance.ts';
import type { KvcacheMetrics } from './metrics.ts';
import { recordPrediction } from './predictions.ts';
import type { KvcacheServices } from './services.ts';
import { type ShadowChoice, Shadows } from './shadows.ts';

/** What a decision would be made from, and by which policy. */
export interface InspectedDecision extends Inspection {
  policy: RoutingPolicy;
  /** Why the body carries no prompt; undefined when it does. */
  absence: ReasonCode | undefined;
  /** What the shadow policies would do. */
  shadow: readonly ShadowChoice[];
}

/** Decides for one request after another which endpoint should get it, by the policy in force. */
export class Decider {
  readonly #clock: Clock;
  readonly #routing: RoutingConfig;
  readonly #metrics: KvcacheMetrics;
  readonly #tools: PolicyTools;
  readonly #reader: RequestReader;
  readonly #shadows: Shadows | undefined;

  constructor(config: KvcacheFilterConfig, services: KvcacheServices, parts: KvcacheParts) {
    const { clock, extension, registry, clusters, seed, exchange } = services;
    const { routing } = extension;
    const nowMs = (): number => clock.nowMs();
    const memory = prefixMemory(registry, routing.prefixIndex, {
      nowMs,
      owner: 'gateway',
      exchange,
    });
    memory.keepOnly(clusters);
    // What others tell comes before the first request.
    if (exchange) for (const cluster of clusters.values()) memory.viewOf(cluster);
    this.#clock = clock;
    this.#routing = routing;
    this.#metrics = parts.metrics;
    this.#tools = {
      nowMs,
      random: createRandom(seed),
      turns: new Turns(),
      ...parts.routes,
      onLookedUp: (prompt, cluster, trace) =>
        parts.maintenance.schedule(prompt, cluster, knownFrom(trace)),
      defaultModel: config.defaultModel,
      prefix: new PrefixRoute(routing, nowMs, memory),
      sessionHeader: routing.sessionHeader,
      hashLoadMax: routing.hashLoadMax,
    };
    this.#reader = new RequestReader(this.#tools.prefix);
    if (routing.shadow.length > 0) this.#shadows = new Shadows(routing, this.#tools, services);
  }

  /** Never throws: whatever fails is a reason not to steer. */
  async decide(context: RequestContext): Promise<RouteDecision> {
    const startedMs = this.#clock.nowMs();
    const reading = this.#reader.read(context);
    this.#shadows?.observe(context, reading);
    const policy = POLICIES[this.#policyOf(context)];
    const decision = await policy.decide(context, reading, this.#tools);
    if (reading.indexed) this.#remember(context, reading.indexed);
    context.onFinished((result) => recordPrediction(this.#metrics, decision, result));
    this.#metrics.decisionSeconds.observe((this.#clock.nowMs() - startedMs) / 1_000);
    return decision;
  }

  /** The same decision without any of its consequences, for `explain`. */
  async inspect(request: RoutingRequest): Promise<InspectedDecision> {
    const policy = this.#policyOf(request);
    const reading = this.#reader.read(request);
    const { indexed, absence } = reading;
    const inspection = indexed && (await POLICIES[policy].inspect?.(indexed, request, this.#tools));
    const shadow = (await this.#shadows?.inspect(request, reading)) ?? [];
    return { policy, absence: indexed ? undefined : absence, shadow, ...inspection };
  }

  /** Under every policy, so that the index is warm when it is needed. */
  #remember(context: RequestContext, indexed: IndexedPrompt): void {
    const { prefix } = this.#tools;
    context.onSent((id) => prefix.record(indexed.chain, context.cluster, id));
    context.onFinished(({ usage }) => {
      if (usage) prefix.noteUsage(indexed, usage.promptTokens);
    });
  }

  #policyOf({ headers }: RoutingRequest): RoutingPolicy {
    const { policy, allowHeaderOverride } = this.#routing;
    const wanted = allowHeaderOverride ? headers[POLICY_HEADER] : undefined;
    return isRoutingPolicy(wanted) ? wanted : policy;
  }
}

const UNTOKENIZABLE: ReadonlySet<ReasonCode> = new Set([
  'no-prompt',
  'no-tokens',
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
