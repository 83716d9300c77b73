import { createRandom, mixSeed } from '../../../base/random.ts';
import type { RoutingConfig } from '../../../config/gateway-config.ts';
import type { RoutingPolicy } from '../../../config/routing-policies.ts';
import type { MetricRegistry } from '../../../protocol/metric-registry.ts';
import type { Cluster } from '../../balance/cluster.ts';
import type { EngineUsage, ReasonCode, RequestContext } from '../../listener/context.ts';
import type { PolicyTools, RoutingRequest } from '../../policies/policy.ts';
import { prefixMemory } from '../../policies/prefix-memory.ts';
import { type PrefixChoice, PrefixRoute } from '../../policies/prefix-route.ts';
import type { Reading } from '../../policies/reading.ts';
import { POLICIES } from '../../policies/table.ts';
import { Turns } from '../../policies/turns.ts';
import { ShadowMetrics } from './shadow-metrics.ts';

/** What a policy that does not act would have done with a request. */
export interface ShadowChoice {
  policy: RoutingPolicy;
  reason: ReasonCode;
  /** Null leaves the choice to the cluster's `lb_policy`. */
  endpointId: string | null;
  /** Prompt tokens the endpoint would hold by now; null where no prompt or endpoint is known. */
  cachedTokens: number | null;
}

/** A policy with what it would know, had it chosen all along. */
interface Shadow {
  policy: RoutingPolicy;
  tools: PolicyTools;
}

/** A request that shadows follow to its end. */
interface Followed {
  context: RequestContext;
  reading: Reading;
  finished: Promise<Finished>;
}

interface Finished {
  /** Where it was answered; undefined when nobody did. */
  endpointId: string | undefined;
  usage: EngineUsage | undefined;
  /** Undefined where nobody counted them. */
  promptTokens: number | undefined;
}

/** The label of where requests really went. */
const ACTUAL = 'actual';

/**
 * Policies that decide for every request too, and act on none. Each has an index of its own of what
 * it would have sent where: judged by that of the policy in force, any other would miss.
 */
export class Shadows {
  readonly #shadows: readonly Shadow[];
  readonly #prefix: PrefixRoute;
  readonly #metrics: ShadowMetrics;

  constructor(
    routing: RoutingConfig,
    tools: PolicyTools,
    { registry, seed }: { registry: MetricRegistry; seed: number },
  ) {
    const { nowMs } = tools;
    this.#prefix = tools.prefix;
    this.#metrics = new ShadowMetrics(registry);
    this.#shadows = [...new Set(routing.shadow)].map((policy) => {
      const memory = prefixMemory(registry, routing.prefixIndex, { nowMs, owner: policy });
      const own = {
        prefix: new PrefixRoute(routing, nowMs, memory),
        random: createRandom(mixSeed(seed, 'shadow', policy)),
        turns: new Turns(),
        onLookedUp: () => {},
      };
      return { policy, tools: { ...tools, ...own } };
    });
  }

  /** To be called with each request before it is sent. Never throws, and nobody waits for it. */
  observe(context: RequestContext, reading: Reading): void {
    try {
      this.#observe(context, reading);
    } catch {
      this.#metrics.failures.withLabels(ACTUAL).inc();
    }
  }

  /** What each would do with a request now; nothing is counted or remembered. */
  inspect(request: RoutingRequest, reading: Reading): Promise<ShadowChoice[]> {
    return Promise.all(this.#shadows.map((shadow) => inspectOne(shadow, request, reading)));
  }

  #observe(context: RequestContext, reading: Reading): void {
    const { indexed } = reading;
    const held = indexed && this.#prefix.choose(indexed, context.cluster);
    const finished = new Promise<Finished>((resolve) => {
      context.onFinished(({ endpointId, usage }) => {
        const promptTokens = usage?.promptTokens ?? held?.promptTokens;
        if (held && endpointId !== undefined) this.#metrics.promptTokens.inc(promptTokens ?? 0);
        this.#count(ACTUAL, context.cluster, { endpointId, held, promptTokens });
        resolve({ endpointId, usage, promptTokens });
      });
    });
    for (const shadow of this.#shadows) {
      this.#follow(shadow, { context, reading, finished }).catch(() =>
        this.#metrics.failures.withLabels(shadow.policy).inc(),
      );
    }
  }

  async #follow({ policy, tools }: Shadow, followed: Followed): Promise<void> {
    const { context, reading, finished } = followed;
    const { cluster } = context;
    const { indexed } = reading;
    const held = indexed && tools.prefix.choose(indexed, cluster);
    const decision = await POLICIES[policy].decide(context, reading, tools);
    const remember = (endpointId: string | undefined): void => {
      if (indexed && endpointId !== undefined) {
        tools.prefix.record(indexed.chain, cluster, endpointId);
      }
    };
    remember(decision.endpointId);
    const { endpointId: actualId, usage, promptTokens } = await finished;
    if (actualId === undefined) return;
    if (indexed && usage) tools.prefix.noteUsage(indexed, usage.promptTokens);
    if (decision.endpointId === undefined) remember(actualId);
    // What a policy leaves to the balancer goes where the balancer sent it.
    const endpointId = decision.endpointId ?? actualId;
    this.#count(policy, cluster, { endpointId, held, promptTokens });
  }

  #count(
    label: string,
    cluster: Cluster,
    {
      endpointId,
      held,
      promptTokens,
    }: Pick<Finished, 'endpointId' | 'promptTokens'> & {
      held: PrefixChoice | undefined;
    },
  ): void {
    if (endpointId === undefined) return;
    this.#metrics.choices.withLabels(label, cluster.config.name, endpointId).inc();
    if (!held || promptTokens === undefined) return;
    const cachedTokens = Math.min(heldBy(endpointId, held), promptTokens);
    this.#metrics.cachedTokens.withLabels(label).inc(cachedTokens);
  }
}

async function inspectOne(
  { policy, tools }: Shadow,
  request: RoutingRequest,
  reading: Reading,
): Promise<ShadowChoice> {
  // Draws and turns of its own: asking must not move on whose turn it is.
  const asked = { ...tools, random: createRandom(1), turns: tools.turns.copy() };
  const { reason, endpointId } = await POLICIES[policy].decide(request, reading, asked);
  const held = reading.indexed && tools.prefix.choose(reading.indexed, request.cluster);
  const isKnown = endpointId !== undefined && held !== undefined;
  return {
    policy,
    reason,
    endpointId: endpointId ?? null,
    cachedTokens: isKnown ? heldBy(endpointId, held) : null,
  };
}

function heldBy(endpointId: string, { candidates }: PrefixChoice): number {
  return candidates.find((it) => it.endpointId === endpointId)?.matchedTokens ?? 0;
}
