import type { ClusterConfig, EndpointConfig } from '../../config/gateway-config.ts';

/** One engine and what the gateway knows of it right now. */
export interface Endpoint {
  readonly config: EndpointConfig;
  /** `host:port`, as metrics and headers name it. */
  readonly address: string;
  /** Requests sent and not yet answered completely. */
  inFlight: number;
  /** False while active checks fail. */
  isHealthy: boolean;
  /** Passive cooldown: not chosen before this monotonic time. */
  coolingUntilMs: number;
}

/** A group of like engines. */
export interface Cluster {
  readonly config: ClusterConfig;
  readonly endpoints: readonly Endpoint[];
  readonly byId: ReadonlyMap<string, Endpoint>;
}

export function createCluster(config: ClusterConfig): Cluster {
  const endpoints = config.endpoints.map((endpoint) => ({
    config: endpoint,
    address: `${endpoint.host}:${endpoint.port}`,
    inFlight: 0,
    isHealthy: true,
    coolingUntilMs: 0,
  }));
  return { config, endpoints, byId: new Map(endpoints.map((it) => [it.config.id, it])) };
}

/** Healthy and not cooling down. */
export function isAvailable(endpoint: Endpoint, nowMs: number): boolean {
  return endpoint.isHealthy && endpoint.coolingUntilMs <= nowMs;
}
