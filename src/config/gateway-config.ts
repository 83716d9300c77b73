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
  /** Bound on the answer of one endpoint, streamed body included; 0 = none. */
  timeoutMs: number;
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
  /** Host and port of the engine; a bare domain from `socket_address.domains`, or IPv6 in brackets. */
  host: string;
  port: number;
  /** From `meta.weight`; 1 when absent. */
  weight: number;
  /** False when the file has no `llm_meta` for it; `llm` then holds defaults. */
  hasLlmMeta: boolean;
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

/** `fixed` routes correctly; `strict` reproduces what the real Pixiu lets a client see. */
export type CompatMode = 'fixed' | 'strict';

/** Faults of Pixiu that can be had back one by one, for a comparison with the real binary. */
export type FaultId =
  /** `round_robin` and the like mean `Rand`. */
  | 'lb_policy_names'
  /** Only `{"0","1"}` objects decode in `layout_info`; LMCache's arrays fail the lookup. */
  | 'layout_decoding'
  /** Only an exact repeat of the whole prompt is routed, never the first request. */
  | 'exact_repeat_only'
  /** Background calls are cancelled when the response is complete, and count as breaker failures. */
  | 'background_cancelled'
  /** Roles, tools and array content are not part of the token cache's key. */
  | 'cache_key'
  /** Equal match counts: an arbitrary one wins. */
  | 'tie_break'
  /** Half-open breakers let one probe too many through; a late success closes an open one. */
  | 'breaker_accounting'
  /** `/evict` is called although LMCache has none. */
  | 'evict_call'
  /** Thresholds compare with the gateway's own load, not the engines'. */
  | 'load_signal'
  /** The engine goes on generating after the client has left. */
  | 'client_disconnect'
  /** A client's 4xx is retried and cools the endpoint down. */
  | 'client_error_cooldown'
  /** Network errors are not retried on the same endpoint. */
  | 'network_error_retry'
  /** Fallback walks forward only: the last endpoint has none. */
  | 'fallback_order'
  /** The balancer's cursor moves even for requests that follow a hint. */
  | 'cursor_skew'
  /** An endpoint without `llm_meta` answers 500. */
  | 'missing_llm_meta'
  /** `health_check_interval: 0` means 5 s instead of no cooldown. */
  | 'zero_cooldown'
  /** Health flips on the first result, whatever the thresholds. */
  | 'health_thresholds'
  /** Hash policies hash method and path, so one engine serves everything. */
  | 'hash_key'
  /** `cluster_not_found_response_code` is ignored: 503. */
  | 'cluster_not_found_code'
  /** `write_timeout` also cuts long streams. */
  | 'write_timeout_streams'
  /** Usage of every SSE event that carries it is added up. */
  | 'usage_double_count';

export type RoutingPolicy =
  | 'lookup'
  | 'prefix'
  | 'least-load'
  | 'round-robin'
  | 'random'
  | 'consistent-hash';

export interface RoutingConfig {
  policy: RoutingPolicy;
  /** May a request header choose another policy for its request? */
  allowHeaderOverride: boolean;
  /** Bound on tokenizing in the request path; then the request goes on unrouted. */
  tokenizeTimeoutMs: number;
  /** Bound on the lookup in the request path; undefined = the filter's `lookup_routing_timeout`. */
  lookupTimeoutMs: number | undefined;
  /** Matches below this many tokens do not steer a request. */
  minimumMatchTokens: number;
  /** Tokens of match that one more request in flight outweighs; 0 = load decides ties only. */
  loadWeightTokens: number;
  /** Largest share (0..1) of the best match's tokens that may be given up for a less loaded endpoint. */
  maxAffinityLoss: number;
  /** Lower-case request header whose value keeps a session on one endpoint when nothing matches; empty = off. */
  sessionHeader: string;
  /** What was sent where. */
  prefixIndex: { blockTokens: number; ttlMs: number; maxBlocks: number };
}

/** Wire of the controller; `auto` finds out by probes without side effects. */
export type ControllerDialect = 'auto' | 'toy' | 'legacy' | 'coordinator';

export interface LimitsConfig {
  /** Larger request bodies are answered 413. */
  bodyBytesMax: number;
  /** Larger request heads are answered 431. The smaller of this and the listener's `max_header_bytes` counts. */
  headerBytesMax: number;
  /** From connection or previous response to the complete request head. */
  headersTimeoutMs: number;
  /** From the complete head to the complete request body. */
  bodyTimeoutMs: number;
}

/** `x-kvcache`: our own settings. */
export interface ExtensionConfig {
  compat: CompatMode;
  /** The mode of every fault: `compat` unless overridden in `compat_overrides`. */
  faults: Readonly<Record<FaultId, CompatMode>>;
  routing: RoutingConfig;
  controller: {
    dialect: ControllerDialect;
    /** What a coordinator calls the model; undefined: what the engine says it loaded. */
    model: string | undefined;
    /** Ranks of the deployment; undefined: learnt from the coordinator's directory. */
    worldSize: number | undefined;
  };
  limits: LimitsConfig;
  /** Whether responses carry `x-kvcache-*` headers. */
  responseHeaders: boolean;
  /** Undefined: no admin listener. Port 0 asks for a free one. */
  admin: { host: string; port: number } | undefined;
  /** Address the metrics port binds to; Pixiu always binds every interface. */
  metricHost: string;
  /** One line per finished request on stderr. */
  accessLog: boolean;
}
