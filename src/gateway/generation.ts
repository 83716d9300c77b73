import type { ClusterConfig, GatewayConfig, ListenerConfig } from '../config/gateway-config.ts';
import { composeFilters } from './chain.ts';
import { type Cluster, createCluster } from './balance/cluster.ts';
import type { Exchange } from './listener/exchange.ts';
import { openRecording } from './recording/recording.ts';
import { createFilter } from './filters/create-filter.ts';
import type { FilterInstance } from './filters/filter.ts';
import { type Explanation, explainOff } from './filters/kvcache/explain.ts';
import type { RoutingRequest } from './policies/policy.ts';
import { watchHealth } from './balance/health.ts';
import { RouteTable } from './routes.ts';
import type { GatewayServices } from './runtime-services.ts';

/** One listener's rules, as of one config. */
export interface ListenerRules {
  readonly config: ListenerConfig;
  readonly routes: RouteTable;
  /** Whether a filter looks for prompts in bodies. */
  readonly readsPrompts: boolean;
  handle(exchange: Exchange): Promise<void>;
  readonly explain: (request: RoutingRequest) => Promise<Explanation>;
}

/**
 * Everything built from one config. A reload builds the next generation; requests finish in the
 * one they began in, and the last of them closes it.
 */
export class Generation {
  readonly config: GatewayConfig;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly rules: readonly ListenerRules[];
  readonly #filters: FilterInstance[] = [];
  readonly #stopWatches: (() => void)[];
  #active = 0;
  #onIdle: (() => void) | undefined;

  constructor(config: GatewayConfig, services: GatewayServices, previous?: Generation) {
    this.config = config;
    // First: what has no place to be recorded in must leave nothing behind.
    const recording = openRecording(config.extension, services);
    if (recording) this.#filters.push(recording);
    this.clusters = new Map(
      config.clusters.map((it) => [it.name, carriedOver(it, previous?.clusters.get(it.name))]),
    );
    this.#stopWatches = [...this.clusters.values()].map((it) => watchHealth(it, services));
    this.rules = config.listeners.map((it) => this.#rulesOf(it, { services, recording }));
  }

  /** Notes that a request uses this generation; the returned function says it does no more. */
  enter(): () => void {
    this.#active += 1;
    return () => {
      this.#active -= 1;
      if (this.#active === 0) this.#onIdle?.();
    };
  }

  /** Waits for the requests inside, then closes all filters; their background work gets `graceMs`. */
  async retire(graceMs: number): Promise<void> {
    for (const stop of this.#stopWatches) stop();
    if (this.#active > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    await Promise.all(this.#filters.map((it) => it.close(graceMs)));
  }

  #rulesOf(
    listener: ListenerConfig,
    { services, recording }: { services: GatewayServices; recording: FilterInstance | undefined },
  ): ListenerRules {
    const filterServices = {
      ...services,
      extension: this.config.extension,
      clusters: this.clusters,
      listener,
    };
    const instances = listener.filters.map((it) => createFilter(it, filterServices));
    this.#filters.push(...instances);
    const chain = [...(recording ? [recording] : []), ...instances];
    const handle = composeFilters(chain.map((it) => it.filter));
    const explainer = instances.find((it) => it.explain);
    return {
      config: listener,
      routes: new RouteTable(listener.routes),
      readsPrompts: explainer !== undefined,
      handle,
      explain: (request) => explainer?.explain?.(request) ?? Promise.resolve(explainOff()),
    };
  }
}

/** What is known of an endpoint's health survives a reload that keeps the endpoint. */
function carriedOver(config: ClusterConfig, previous: Cluster | undefined): Cluster {
  const cluster = createCluster(config);
  for (const endpoint of cluster.endpoints) {
    const known = previous?.byId.get(endpoint.config.id);
    if (!known || known.address !== endpoint.address) continue;
    endpoint.isHealthy = known.isHealthy;
    endpoint.coolingUntilMs = known.coolingUntilMs;
  }
  return cluster;
}
