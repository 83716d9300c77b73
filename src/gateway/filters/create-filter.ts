import type { FilterConfig, ListenerConfig } from '../../config/gateway-config.ts';
import { createKvcacheFilter } from './kvcache/filter.ts';
import type { FilterInstance, FilterServices } from './filter.ts';
import { createLlmProxy } from './llm-proxy.ts';
import { createTokenizer } from './tokenizer.ts';

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
