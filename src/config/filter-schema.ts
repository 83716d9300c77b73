import { choice, duration, flag, integer, number, object, text } from '../schema/describe.ts';

/** `config` of the filters on the LLM path. Keys are case-sensitive, as Pixiu reads them. */

const BARE_EFFECT =
  'Pixiu cannot read the filter, and every request of the listener gets an empty reply.';
const wait: typeof duration = (doc, fallback, extras) =>
  duration(doc, fallback, { ...extras, bareEffect: BARE_EFFECT });
const ms = (value: number, shown: string): { ms: number; shown: string } => ({ ms: value, shown });
const ZERO_UNSET = { zeroIsUnset: true };
const BOUNDED_ELSEWHERE = {
  status: { kind: 'inert', why: 'the bound on connections per host covers idle ones' },
} as const;
const RATIO = { min: 0, max: 1 };

const tokenCache = object('Prompt to tokens, kept by the gateway.', {
  enabled: flag('Without it Pixiu routes nothing.', false),
  max_size: integer('Entries; 0 = as many as 64 MiB hold, which bounds every number.', 0),
  ttl: wait('Age at which an entry expires; 0 = never.', ms(0, '0')),
});

const cacheStrategy = object('What the gateway asks the controller to do after a request.', {
  enable_compression: flag('Compress when load_threshold is exceeded.', false),
  enable_pinning: flag('Pin prompts that are hot.', false),
  enable_eviction: flag('Evict when memory_threshold is exceeded.', false),
  load_threshold: number('0 to 1; 0 = off.', 0, RATIO),
  memory_threshold: number('0 to 1; 0 = off.', 0, RATIO),
  hot_content_threshold: integer('Requests within hot_window that make a prompt hot; 0 = off.', 0),
  pin_instance_id: text('Instance that pins.'),
  pin_location: text('Location on it, for example LocalCPUBackend.'),
  compress_instance_id: text('Instance that compresses.'),
  compress_location: text('Location on it.'),
  compress_method: text('Method named in the call.', 'zstd'),
  evict_instance_id: text('Instance that evicts.'),
});

export const kvcacheFilter = object('Routes by KV cache.', {
  enabled: flag('Off by default.', false),
  vllm_endpoint: text('Base URL for /tokenize; required when enabled.'),
  lmcache_endpoint: text(
    'Base URL of the controller; required where a policy or strategy asks one, by Pixiu always.',
  ),
  default_model: text('Model of requests that name none; part of the token cache key.'),
  request_timeout: wait('Bound on each background call.', ms(2_000, '2s'), ZERO_UNSET),
  lookup_routing_timeout: wait(
    'Bound on the lookup in the request path.',
    ms(50, '50ms'),
    ZERO_UNSET,
  ),
  hot_window: wait('How far back requests count.', ms(300_000, '5m'), ZERO_UNSET),
  hot_max_records: integer('Requests remembered per prompt.', 300, ZERO_UNSET),
  hot_max_keys: integer('Prompts remembered; 0 = unlimited.', 0),
  max_idle_conns: integer('Idle connections.', 0, BOUNDED_ELSEWHERE),
  max_idle_conns_per_host: integer('Idle connections per host.', 0, BOUNDED_ELSEWHERE),
  max_conns_per_host: integer('Connections per host; 0 = unlimited.', 0),
  token_cache: tokenCache,
  cache_strategy: cacheStrategy,
  retry: object('Retries of controller calls; each pause is twice the one before.', {
    max_attempts: integer('Calls in all.', 3, ZERO_UNSET),
    base_backoff: wait('First pause.', ms(100, '100ms'), ZERO_UNSET),
    max_backoff: wait('Longest pause.', ms(2_000, '2s'), ZERO_UNSET),
  }),
  circuit_breaker: object('Stops calling what keeps failing.', {
    failure_threshold: integer('Consecutive failures that open it.', 5, ZERO_UNSET),
    recovery_timeout: wait('Time until it lets probes through.', ms(10_000, '10s'), ZERO_UNSET),
    half_open_max_calls: integer('Probes at a time.', 2, ZERO_UNSET),
  }),
});

export const tokenizerFilter = object('Counts tokens and emits the upstream metrics.', {
  log_to_console: flag('Log usage per request.', false),
});

export const llmProxyFilter = object('Chooses an endpoint and forwards.', {
  timeout: wait(
    'Bound on the answer of one endpoint, streams included; 0 = none. Where `fallback` allows, the next one then gets its turn.',
    ms(0, '0'),
  ),
  maxIdleConns: integer('Idle connections.', 0, BOUNDED_ELSEWHERE),
  maxIdleConnsPerHost: integer('Idle connections per host.', 0, BOUNDED_ELSEWHERE),
  maxConnsPerHost: integer('Connections per host; 0 = unlimited.', 0),
  scheme: choice('Protocol spoken to every endpoint.', ['http', 'https'], 'http'),
});
