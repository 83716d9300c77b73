import type { ExtensionConfig, FilterConfig } from '../../config/gateway-config.ts';
import type { ExchangeFilter } from '../chain.ts';
import type { GatewayServices } from '../runtime-services.ts';
import { createLlmProxy } from './llm-proxy.ts';
import { createTokenizer } from './tokenizer.ts';

/** A filter of a running listener. */
export interface FilterInstance {
  readonly filter: ExchangeFilter;
  /** Called when no request uses the filter any more. */
  close(): Promise<void>;
}

export interface FilterServices extends GatewayServices {
  readonly extension: ExtensionConfig;
  /** The listener's `write_timeout`; 0 = none. */
  readonly writeTimeoutMs: number;
}

/** Filter name → filter. The closed list of what a config may ask for. */
export function createFilter(filter: FilterConfig, services: FilterServices): FilterInstance {
  switch (filter.name) {
    case 'dgp.filter.llm.proxy':
      return createLlmProxy(filter.config, services);
    case 'dgp.filter.llm.tokenizer':
      return createTokenizer(filter.config, services);
    case 'dgp.filter.ai.kvcache':
      throw new Error('not landed');
  }
}
