/**
 * A gateway's configuration after parsing, defaulting and validating: what the gateway runs on.
 * Durations are milliseconds, sizes bytes. Key names and defaults follow Pixiu's `conf.yaml`;
 * everything under `extension` comes from our own top-level key `x-kvcache`, which Pixiu ignores.
 */
export interface GatewayConfig {
  listeners: ListenerConfig[];
  clusters: ClusterConfig[];
  shutdown: { timeoutMs: number };
  /** Port of the Prometheus endpoint; undefined when metrics are off. 0 asks for a free one. */
  metricPort: number | undefined;
  extension: ExtensionConfig;
}

export interface ListenerConfig {
  name: string;
  address: { host: string; port: number };
  idleTimeoutMs: number;
  readTimeoutMs: number;
  writeTimeoutMs: number;
  maxHeaderBytes: number;
  /** `timeout` of the connection manager: caps background budgets only. 0 = none. */
  managerTimeoutMs: number;
  serverName: string;
  generateRequestId: boolean;
  routes: RouteConfig[];
  /** In the order written; the first sees the request first. */
  filters: FilterConfig[];
}

export interface RouteConfig {
  match: {
    /** Matches itself and everything below it by whole segments. Wins over `path` when both are set. */
    prefix: string | undefined;
    /** `:var` and `*` stand for one segment, `**` for the rest. */
    path: string | undefined;
    methods: string[];
    headers: { name: string; values: string[]; regex: boolean }[];
  };
  cluster: string;
  /** Parsed for compatibility; what is answered when the cluster does not exist (fixed mode). */
  clusterNotFoundStatus: number;
}

export type FilterConfig =
  | { name: 'dgp.filter.ai.kvcache'; config: KvcacheFilterConfig }
  | { name: 'dgp.filter.llm.tokenizer'; config: { logToConsole: boolean } }
  | { name: 'dgp.filter.llm.proxy'; config: LlmProxyConfig };

export interface KvcacheFilterConfig {
  enabled: boolean;
  vllmEndpoint: string;
  lmcacheEndpoint: string;
  defaultModel: string;
  requestTimeoutMs: number;
  lookupRoutingTimeoutMs: number;
  hotWindowMs: number;
  hotMaxRecords: number;
  /** 0 = unlimited. */
  hotMaxKeys: number;
  maxConnsPerHost: number;
  /** `maxSize` 0 = unbounded, `ttlMs` 0 = never expires. */
  tokenCache: { enabled: boolean; maxSize: number; ttlMs: number };
  strategy: CacheStrategyConfig;
  retry: { maxAttempts: number; baseBackoffMs: number; maxBackoffMs: number };
  circuitBreaker: { failureThreshold: number; recoveryTimeoutMs: number; halfOpenMaxCalls: number };
}

export interface CacheStrategyConfig {
  enableCompression: boolean;
  enablePinning: boolean;
  enableEviction: boolean;
  /** 0..1; 0 = off. */
  loadThreshold: number;
  /** 0..1; 0 = off. */
  memoryThreshold: number;
  /** Requests of one prompt within the hot window from which it counts as hot; 0 = off. */
  hotContentThreshold: number;
  pin: { instanceId: string; location: string };
  compress: { instanceId: string; location: string; method: string };
  evict: { instanceId: string };
}

export interface LlmProxyConfig {
  /** Bound on the whole exchange, streamed body included; 0 = none. */
  timeoutMs: number;
  maxIdleConns: number;
  maxIdleConnsPerHost: number;
  /** 0 = unlimited. */
  maxConnsPerHost: number;
  scheme: 'http' | 'https';
}

/** Pixiu's exact spellings; everything else means `Rand` there. */
export type LbPolicy = 'Rand' | 'RoundRobin' | 'RingHashing' | 'MaglevHashing' | 'WeightRandom';

export interface ClusterConfig {
  name: string;
  lbPolicy: LbPolicy;
  consistent: { replicaNum: number; maxVnodeNum: number; maglevTableSize: number };
  /** Undefined: no active checks. */
  healthCheck: HealthCheckConfig | undefined;
  endpoints: EndpointConfig[];
}

export interface HealthCheckConfig {
  protocol: 'tcp' | 'http' | 'https';
  path: string;
  timeoutMs: number;
  intervalMs: number;
  initialDelayMs: number;
  healthyThreshold: number;
  unhealthyThreshold: number;
}

export interface EndpointConfig {
  /** Must equal the LMCache instance id for routing to work. */
  id: string;
  name: string;
  /** Host and port of the engine; `address` may be a bare domain from `socket_address.domains`. */
  host: string;
  port: number;
  /** From `meta.weight`; 1 when absent. */
  weight: number;
  llm: EndpointLlmConfig;
}

export interface EndpointLlmConfig {
  provider: string;
  /** Sent as bearer token to this endpoint only; empty = the client's own header passes. */
  apiKey: string;
  /** May the request go to another endpoint when this one fails or cools down? */
  fallback: boolean;
  /** Passive cooldown after a failure. */
  cooldownMs: number;
  retry: RetryPolicy;
}

export type RetryPolicy =
  | { name: 'NoRetry' }
  | { name: 'CountBased'; times: number }
  | {
      name: 'ExponentialBackoff';
      times: number;
      initialIntervalMs: number;
      maxIntervalMs: number;
      multiplier: number;
    };

/** Faults of Pixiu that can be had back one by one for a comparison with the real binary. */
export type CompatMode = 'fixed' | 'strict';

export type RoutingPolicy =
  | 'lookup'
  | 'prefix'
  | 'least-load'
  | 'round-robin'
  | 'random'
  | 'consistent-hash';

/** `x-kvcache`: our own settings. */
export interface ExtensionConfig {
  compat: CompatMode;
  routing: { policy: RoutingPolicy };
}
