import { createRandom, mixSeed } from '../../base/random.ts';
import type { ClusterConfig, EndpointConfig, RoutingConfig } from '../../config/gateway-config.ts';
import type { Balancer } from '../../gateway/balance/balancer.ts';
import { type Cluster, createCluster } from '../../gateway/balance/cluster.ts';
import { createBalancer } from '../../gateway/balance/lb-policies.ts';
import type { RouteDecision } from '../../gateway/listener/context.ts';
import { LookupRoute } from '../../gateway/policies/lookup-route.ts';
import type { Policy, PolicyTools } from '../../gateway/policies/policy.ts';
import { PrefixRoute } from '../../gateway/policies/prefix-route.ts';
import { Turns } from '../../gateway/policies/turns.ts';
import { Selector } from '../../gateway/proxy/selector.ts';
import type { Holding, Layout } from '../../protocol/lmcache.ts';
import type { PromptStanding } from '../fleet/knowledge.ts';
import { PATH, SimulatedReader } from './request-view.ts';
import type { SimulatedPolicy } from './simulated-policy.ts';
import type { Whereabouts } from './whereabouts.ts';

export interface GatewayOptions {
  engineIds: readonly string[];
  model: string;
  routing: RoutingConfig;
  policy: SimulatedPolicy;
  /** Its own: gateways draw apart. */
  seed: number;
  nowMs: () => number;
  whereabouts: Whereabouts;
}

export interface RoutedRequest {
  tokens: Uint32Array;
  session: string | undefined;
}

/** Where a request goes, and why. */
export interface Placement {
  /** Undefined: there is nobody. */
  engine: number | undefined;
  decision: RouteDecision;
}

/** One gateway: the policies' own modules over what it alone has seen. */
export class SimulatedGateway {
  readonly #options: GatewayOptions;
  readonly #policy: Policy;
  readonly #cluster: Cluster;
  readonly #balancer: Balancer;
  readonly #tools: PolicyTools;
  readonly #numberOf: ReadonlyMap<string, number>;
  readonly #reader: SimulatedReader;
  #tokens: Uint32Array = new Uint32Array(0);

  constructor(options: GatewayOptions) {
    const { engineIds, routing, policy, seed, nowMs, whereabouts, model } = options;
    this.#options = options;
    this.#policy = policy.create(whereabouts);
    this.#cluster = createCluster(clusterConfig(engineIds));
    this.#reader = new SimulatedReader(model, routing.prefixIndex.blockTokens);
    this.#numberOf = new Map(engineIds.map((id, number) => [id, number]));
    this.#balancer = createBalancer(this.#cluster, createRandom(mixSeed(seed, 'balancer')));
    this.#tools = {
      nowMs,
      random: createRandom(seed),
      turns: new Turns(),
      lookup: this.#route(whereabouts.controller),
      events: this.#route(() => layoutOf(whereabouts.events(), whereabouts.idOf)),
      onLookedUp: () => {},
      defaultModel: model,
      prefix: new PrefixRoute(routing, nowMs),
      sessionHeader: routing.sessionHeader,
      hashLoadMax: routing.hashLoadMax,
    };
  }

  /** Decides, and counts the request as in flight until it is `settled`. */
  async place({ tokens, session }: RoutedRequest): Promise<Placement> {
    this.#tokens = tokens;
    const { routing, nowMs, policy } = this.#options;
    const cluster = this.#cluster;
    const reading = this.#reader.read(tokens);
    const headers = session === undefined ? {} : { [routing.sessionHeader]: session };
    const request = {
      get body() {
        return reading.view.body;
      },
      path: PATH,
      headers,
      cluster,
    };
    const decision = await this.#policy.decide(request, reading, this.#tools);
    const hashKey = (): string => '';
    const selector = new Selector({ cluster, balancer: this.#balancer, hashKey, nowMs });
    const endpoint = selector.first(decision.endpointId);
    if (!endpoint) return { engine: undefined, decision };
    endpoint.inFlight++;
    if (policy.remembers) {
      this.#tools.prefix.record(reading.indexed.chain, cluster, endpoint.config.id);
    }
    return { engine: this.#numberOf.get(endpoint.config.id)!, decision };
  }

  settled(engine: number): void {
    this.#cluster.endpoints[engine]!.inFlight--;
  }

  /** Whether requests may be sent there. */
  setAvailable(engine: number, isAvailable: boolean): void {
    this.#cluster.endpoints[engine]!.isHealthy = isAvailable;
  }

  #route(holdersOf: () => Layout): LookupRoute {
    const { nowMs, routing } = this.#options;
    return new LookupRoute({
      nowMs,
      knowsSalts: () => false,
      tokenizeTimeoutMs: Infinity,
      source: {
        cached: () => ({ json: '', count: this.#tokens.length }),
        beginning: () => undefined,
        tokenizeWithin: () => Promise.reject(new Error('the tokens are at hand')),
      },
      holdersOf: () => Promise.resolve(holdersOf()),
      choice: routing,
    });
  }
}

/** Endpoints in the order of the cluster, as the gateway's own index of events lists them. */
function layoutOf({ heldTokens }: PromptStanding, idOf: Whereabouts['idOf']): Layout {
  const holdings: Holding[] = [];
  for (let engine = 0; engine < heldTokens.length; engine++) {
    const matchedTokens = heldTokens[engine]!;
    if (matchedTokens === 0) continue;
    holdings.push({ instanceId: idOf(engine), location: 'events', matchedTokens });
  }
  return { shape: 'none', holdings };
}

/** Nothing of it is looked at. */
const LLM: EndpointConfig['llm'] = {
  provider: '',
  apiKey: '',
  fallback: false,
  cooldownMs: 0,
  retry: { name: 'NoRetry' },
};

/** As `run mock` has it. */
function clusterConfig(engineIds: readonly string[]): ClusterConfig {
  return {
    name: 'simulated',
    lbPolicy: 'RoundRobin',
    consistent: { replicaNum: 0, maxVnodeNum: 0, maglevTableSize: 0 },
    healthCheck: undefined,
    endpoints: engineIds.map((id) => ({ id, name: id, host: id, port: 1, weight: 1, llm: LLM })),
  };
}
