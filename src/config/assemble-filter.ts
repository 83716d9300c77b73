import { readOrigin } from '../base/origin.ts';
import type { FilterConfig, KvcacheFilterConfig, LlmProxyConfig } from './gateway-config.ts';
import type { GatewayFile } from './gateway-schema.ts';

export type ListenerFile = GatewayFile['static_resources']['listeners'][number];
export type ManagerFile = ListenerFile['filter_chains']['filters'][number]['config'];
export type FilterFile = ManagerFile['http_filters'][number];
export type KvcacheFile = Extract<FilterFile, { name: 'dgp.filter.ai.kvcache' }>['config'];
type ProxyFile = Extract<FilterFile, { name: 'dgp.filter.llm.proxy' }>['config'];

export function assembleFilter(file: FilterFile): FilterConfig {
  switch (file.name) {
    case 'dgp.filter.ai.kvcache':
      return { name: file.name, config: assembleKvcache(file.config) };
    case 'dgp.filter.llm.tokenizer':
      return { name: file.name, config: { logToConsole: file.config.log_to_console } };
    case 'dgp.filter.llm.proxy':
      return { name: file.name, config: assembleProxy(file.config) };
  }
}

function assembleKvcache(file: KvcacheFile): KvcacheFilterConfig {
  const { token_cache: cache, retry, circuit_breaker: breaker } = file;
  return {
    enabled: file.enabled,
    vllmEndpoint: baseUrl(file.vllm_endpoint),
    lmcacheEndpoint: baseUrl(file.lmcache_endpoint),
    defaultModel: file.default_model,
    requestTimeoutMs: file.request_timeout,
    lookupRoutingTimeoutMs: file.lookup_routing_timeout,
    hotWindowMs: file.hot_window,
    hotMaxRecords: file.hot_max_records,
    hotMaxKeys: file.hot_max_keys,
    maxConnsPerHost: file.max_conns_per_host,
    tokenCache: { enabled: cache.enabled, maxSize: cache.max_size, ttlMs: cache.ttl },
    strategy: assembleStrategy(file.cache_strategy),
    retry: {
      maxAttempts: retry.max_attempts,
      baseBackoffMs: retry.base_backoff,
      maxBackoffMs: retry.max_backoff,
    },
    circuitBreaker: {
      failureThreshold: breaker.failure_threshold,
      recoveryTimeoutMs: breaker.recovery_timeout,
      halfOpenMaxCalls: breaker.half_open_max_calls,
    },
  };
}

function assembleStrategy(file: KvcacheFile['cache_strategy']): KvcacheFilterConfig['strategy'] {
  return {
    enableCompression: file.enable_compression,
    enablePinning: file.enable_pinning,
    enableEviction: file.enable_eviction,
    loadThreshold: file.load_threshold,
    memoryThreshold: file.memory_threshold,
    hotContentThreshold: file.hot_content_threshold,
    pin: { instanceId: file.pin_instance_id, location: file.pin_location },
    compress: {
      instanceId: file.compress_instance_id,
      location: file.compress_location,
      method: file.compress_method,
    },
    evict: { instanceId: file.evict_instance_id },
  };
}

function assembleProxy(file: ProxyFile): LlmProxyConfig {
  return {
    timeoutMs: file.timeout,
    maxConnsPerHost: file.maxConnsPerHost,
    scheme: file.scheme,
  };
}

/** What is no URL stays as it is, for the lint to name. */
function baseUrl(text: string): string {
  return readOrigin(text)?.url ?? text;
}
