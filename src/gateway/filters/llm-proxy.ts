import type { LlmProxyConfig } from '../../config/gateway-config.ts';
import { UpstreamPool } from '../../net/pool/upstream-pool.ts';
import type { Balancer } from '../balance/balancer.ts';
import { createBalancer } from '../balance/lb-policies.ts';
import type { Cluster, Endpoint } from '../balance/cluster.ts';
import type { Exchange } from '../listener/exchange.ts';
import { Forwarding, type ForwardingServices } from '../proxy/forwarding.ts';
import type { Lane } from '../proxy/attempt.ts';
import { Selector, type SelectorInput } from '../proxy/selector.ts';
import type { FilterInstance, FilterServices } from './filter.ts';

const CONNECT_TIMEOUT_MS = 5_000;
/** How much of a body decides where consistent hashing sends it: model and first messages. */
const HASHED_BYTES = 1_024;

/** The last filter: chooses an endpoint, forwards, passes the answer on. */
export function createLlmProxy(config: LlmProxyConfig, services: FilterServices): FilterInstance {
  const routes = new Map<Cluster, ClusterRoute>();
  const routeOf = (cluster: Cluster): ClusterRoute => {
    let route = routes.get(cluster);
    if (!route) routes.set(cluster, (route = new ClusterRoute(cluster, config, services)));
    return route;
  };
  return {
    filter: (exchange) => routeOf(exchange.cluster).forward(exchange),
    close: async () => {
      await Promise.all([...routes.values()].map((route) => route.close()));
    },
  };
}

/** Everything needed to forward to one cluster. */
class ClusterRoute {
  readonly #cluster: Cluster;
  readonly #balancer: Balancer;
  readonly #lanes: ReadonlyMap<Endpoint, Lane>;
  readonly #forwarding: ForwardingServices;

  constructor(cluster: Cluster, config: LlmProxyConfig, services: FilterServices) {
    this.#cluster = cluster;
    this.#balancer = createBalancer(cluster, services.random);
    this.#lanes = new Map(
      cluster.endpoints.map((endpoint) => [
        endpoint,
        createLane(cluster, endpoint, { config, services }),
      ]),
    );
    const gaps = services.metrics.gapsOf(cluster.config.name);
    this.#forwarding = {
      clock: services.clock,
      random: services.random,
      deadlines: services.deadlines,
      hasRoutingHeaders: services.extension.responseHeaders,
      writeTimeoutMs: services.listener.writeTimeoutMs,
      timeoutMs: config.timeoutMs,
      laneOf: (endpoint) => this.#lanes.get(endpoint)!,
      onGap: (gapMs) => gaps.observe(gapMs / 1_000),
      onCooling: ({ config: { id } }, forMs) =>
        services.log('warn', `endpoint ${id} failed and is left alone for ${forMs} ms`),
    };
  }

  forward(exchange: Exchange): Promise<void> {
    const input: SelectorInput = {
      cluster: this.#cluster,
      balancer: this.#balancer,
      hashKey: () => hashKeyOf(exchange),
      nowMs: () => this.#forwarding.clock.nowMs(),
    };
    return new Forwarding(exchange, new Selector(input), this.#forwarding).run();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.pool.destroy()));
  }
}

function createLane(
  cluster: Cluster,
  endpoint: Endpoint,
  given: { config: LlmProxyConfig; services: FilterServices },
): Lane {
  const pool = new UpstreamPool(`${given.config.scheme}://${endpoint.address}`, {
    clock: given.services.clock,
    connectionsMax: given.config.maxConnsPerHost,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    resends: 'unseen',
  });
  const metrics = given.services.metrics.upstream.forEndpoint(cluster.config.name, endpoint);
  return { endpoint, pool, metrics, connectionsMax: given.config.maxConnsPerHost };
}

/**
 * Pixiu hashes method and URI, which sends every chat to one engine. What the requests of one
 * conversation have in common is how their bodies begin.
 */
function hashKeyOf(exchange: Exchange): string {
  const line = `${exchange.method}.${exchange.target}`;
  if (exchange.body.length === 0) return line;
  return `${line}\n${exchange.body.toString('latin1', 0, HASHED_BYTES)}`;
}
