import type { ExtensionConfig, FilterConfig, ListenerConfig } from '../../config/gateway-config.ts';
import type { ExchangeFilter } from '../chain.ts';
import type { Cluster } from '../balance/cluster.ts';
import type { GatewayServices } from '../runtime-services.ts';
import type { Explanation } from './kvcache/explain.ts';
import { createKvcacheFilter } from './kvcache/filter.ts';
import type { RoutingRequest } from './kvcache/decider.ts';
import { createLlmProxy } from './llm-proxy.ts';
import { createTokenizer } from './tokenizer.ts';

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

/** Filter name → filter. The closed list of what a config may ask for. */
export function createFilter(filter: FilterConfig, services: FilterServices): FilterInstance {
  switch (filter.name) {
    case 'dgp.filter.llm.proxy':
      return createLlmProxy(filter.config, services);
    case 'dgp.filter.llm.tokenizer':
      return createTokenizer(filter.config, services);
    case 'dgp.filter.ai.kvcache':
      return createKvcacheFilter(filter.config, {
        ...services,
        endpointScheme: schemeOf(services.listener),
        managerTimeoutMs: services.listener.managerTimeoutMs,
      });
  }
}

function schemeOf({ filters }: ListenerConfig): 'http' | 'https' {
  const proxy = filters.find((it) => it.name === 'dgp.filter.llm.proxy');
  return proxy?.config.scheme ?? 'http';
}
