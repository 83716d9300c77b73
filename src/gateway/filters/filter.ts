import type { ExtensionConfig, ListenerConfig } from '../../config/gateway-config.ts';
import type { Cluster } from '../balance/cluster.ts';
import type { ExchangeFilter } from '../chain.ts';
import type { RoutingRequest } from '../policies/policy.ts';
import type { GatewayServices } from '../runtime-services.ts';
import type { Explanation } from './kvcache/explain.ts';

/** A filter of a running listener. */
export interface FilterInstance {
  readonly filter: ExchangeFilter;
  /** Filters that choose an endpoint say what they would choose and why. */
  readonly explain?: (request: RoutingRequest) => Promise<Explanation>;
  /** Called when no request uses the filter any more. */
  close(graceMs: number): Promise<void>;
}

export interface FilterServices extends GatewayServices {
  readonly extension: ExtensionConfig;
  readonly clusters: ReadonlyMap<string, Cluster>;
  readonly listener: ListenerConfig;
}
