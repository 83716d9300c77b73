import type { Dialect } from '../protocol/lmcache.ts';
import type { RoutingPolicy } from './routing-policies.ts';

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
  /** What is answered when the cluster does not exist. */
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
  /** `maxSize` 0 = bounded by bytes alone, `ttlMs` 0 = never expires. */
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
  /** Defaults where the file has no `llm_meta`. */
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

export interface RoutingConfig {
  policy: RoutingPolicy;
  /** Policies that decide too, and act on no request. */
  shadow: readonly RoutingPolicy[];
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
  /** Most requests at one endpoint under `bounded-hash`, as a multiple (≥ 1) of the mean. */
  hashLoadMax: number;
  /** What was sent where. */
  prefixIndex: { blockTokens: number; ttlMs: number; maxBlocks: number };
}

/** Where several gateways share what they remember of what was sent where. */
export interface SharedMemoryConfig {
  /** redis:// or rediss://; may carry user and password. */
  url: string;
  /** Name of the stream. */
  stream: string;
  /** Entries the stream keeps, about. */
  entriesMax: number;
}

/** Wire of the controller; `auto` finds out by probes without side effects. */
export type ControllerDialect = 'auto' | Dialect;

/** Where one engine publishes its KV events. */
export interface KvEventSourceConfig {
  endpointId: string;
  /** `tcp://HOST:PORT`, or an http(s) URL that serves them as SSE. */
  url: string;
  /** Of the socket that answers what was missed; empty for none. */
  replay: string;
  topic: string;
}

export interface LimitsConfig {
  /** Larger request bodies are answered 413. */
  bodyBytesMax: number;
  /** Bodies of all requests under way together; what goes beyond is answered 503. */
  bufferedBytesMax: number;
  /** Larger request heads are answered 431. The smaller of this and the listener's `max_header_bytes` counts. */
  headerBytesMax: number;
  /** From connection or previous response to the complete request head. */
  headersTimeoutMs: number;
  /** From the complete head to the complete request body. */
  bodyTimeoutMs: number;
}

/** Where requests are recorded for `kvcache prompts`, and what of them. */
export interface RecordConfig {
  file: string;
  /** Never both: who wants no texts on a disk gets none. */
  what: 'bodies' | 'hashes';
  /** Recording ends when the file has so many. */
  bytesMax: number;
}

/** `x-kvcache`: our own settings. */
export interface ExtensionConfig {
  routing: RoutingConfig;
  controller: {
    dialect: ControllerDialect;
    /** What a coordinator calls the model; undefined: what the engine says it loaded. */
    model: string | undefined;
    /** Ranks of the deployment; undefined: learnt from the coordinator's directory. */
    worldSize: number | undefined;
  };
  kvEvents: { sources: readonly KvEventSourceConfig[] };
  limits: LimitsConfig;
  /** Whether responses carry `x-kvcache-*` headers. */
  responseHeaders: boolean;
  /** Undefined: no admin listener. Port 0 asks for a free one. */
  admin: { host: string; port: number } | undefined;
  /** Undefined: requests are not recorded. */
  record: RecordConfig | undefined;
  /** Undefined: the prefix index is shared with nobody. */
  sharedMemory: SharedMemoryConfig | undefined;
  /** Address the metrics port binds to; Pixiu always binds every interface. */
  metricHost: string;
  /** One line per finished request on stderr. */
  accessLog: boolean;
}
