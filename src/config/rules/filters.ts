import { type Rule, rule } from './rule.ts';

/** Rules about filters and their timeouts. */
export const FILTER_RULES = {
  'no-proxy-filter': rule(
    'error',
    'The chain ends in dgp.filter.llm.proxy.',
    'No filter forwards requests to an engine.',
    'Add dgp.filter.llm.proxy as the last filter.',
  ),
  'filter-order': rule(
    'warning',
    'The kvcache and tokenizer filters stand before the proxy.',
    'The proxy answers the request, so later filters never see it.',
    'Put dgp.filter.llm.proxy last.',
  ),
  'duplicate-filter': rule(
    'warning',
    'Every filter stands in the chain once.',
    'Its work is done twice for every request.',
    'Delete one.',
  ),
  'tokenizer-missing': rule(
    'warning',
    'The tokenizer filter is in the chain.',
    'Pixiu exports pixiu_llm_upstream_requests_ratio_total and its kin only with it: hit rates cannot be read from the metrics.',
    'Add `- name: dgp.filter.llm.tokenizer` before dgp.filter.llm.proxy.',
  ),
  'kvcache-off': rule(
    'warning',
    'The kvcache filter is present and enabled.',
    'No request is routed by its KV cache.',
    'Add dgp.filter.ai.kvcache with enabled: true before the proxy.',
  ),
  'token-cache-off': rule(
    'warning',
    'The token cache is on.',
    'Pixiu looks tokens up only in this cache, so without it no request is ever routed.',
    'Set token_cache.enabled: true.',
  ),
  'endpoint-url': rule(
    'error',
    'vllm_endpoint and lmcache_endpoint are http or https URLs.',
    'Pixiu logs the error, keeps an empty filter in the chain, and every request of the listener fails.',
    'Write http://HOST:PORT.',
  ),
  'no-controller': rule(
    'info',
    'lmcache_endpoint names the controller.',
    'Nothing in this file asks one, so ours goes without; Pixiu fails every request of the listener.',
    'For Pixiu, write http://HOST:PORT of a controller.',
  ),
  'instance-id-contract': rule(
    'warning',
    'Instance ids of the cache strategy are endpoint ids.',
    'The controller call names an instance that the cluster does not have.',
    'Use the id of an endpoint, which must equal the lmcache_instance_id of its engine.',
  ),
  'strategy-never-fires': rule(
    'warning',
    'A cache strategy that is switched on can act.',
    'The action is never taken.',
    'Set its threshold and target, or switch it off.',
  ),
  'evict-unsupported': rule(
    'info',
    'Eviction is asked for only where the controller has it.',
    'LMCache has no /evict: Pixiu calls it again and again, and gets 404 every time.',
    'Set enable_eviction: false unless the controller is a mock of the old sample.',
  ),
  'location-unknown': rule(
    'info',
    'Locations are names of LMCache backends.',
    'A controller answers with 0 tokens, or with an error, for a location it does not have.',
    'Use LocalCPUBackend or LocalDiskBackend with a real LMCache.',
  ),
  'compress-method': rule(
    'info',
    'Compression names a method that LMCache has.',
    'A worker of LMCache knows cachegen alone: asked for another method it does nothing, and says 0 tokens.',
    'Write compress_method: cachegen, unless the controller is a mock of the old sample.',
  ),
  'load-threshold-own-load': rule(
    'info',
    'load_threshold and memory_threshold are understood.',
    'Pixiu compares them with the CPU and the heap of its own process, not of an engine.',
    'Do not count on them to see an engine under load.',
  ),
  'timeouts-cancel': rule(
    'warning',
    'The shorter of two nested timeouts is the inner one.',
    'The outer one strikes first, so the inner one never takes effect.',
    'Make the outer timeout the longer one.',
  ),
  'retry-beyond-budget': rule(
    'warning',
    'Retries fit into the time allowed for them.',
    'The deadline passes during the first pause, so nothing is retried.',
    'Shorten retry.base_backoff, or lengthen the timeout.',
  ),
  'scheme-mix': rule(
    'warning',
    'The proxy scheme fits the endpoints.',
    'The engine is spoken to with the wrong protocol and every request to it fails.',
    'Set scheme of dgp.filter.llm.proxy to the scheme of the engines; one proxy filter has one scheme.',
  ),
  'policy-without-filter': rule(
    'warning',
    'The routing policy has the filter it needs.',
    'The kvcache filter applies the policy; without it lb_policy decides alone.',
    'Add an enabled dgp.filter.ai.kvcache, or choose another x-kvcache.routing.policy.',
  ),
  'shared-memory-url': rule(
    'error',
    'The store of the shared memory is named by a redis:// or rediss:// URL.',
    'Nothing is shared: every gateway remembers for itself.',
    'Write redis://HOST:PORT of a Valkey or Redis server.',
  ),
  'kv-event-address': rule(
    'error',
    'Addresses of KV events are tcp://HOST:PORT, or http:// URLs.',
    'Nothing is heard of the engine.',
    'Write the endpoint of --kv-events-config, or the URL of a mock engine with /__mock/events.',
  ),
  'kv-event-sources': rule(
    'warning',
    'Where policy events routes, every endpoint has a source of KV events.',
    'While one engine is not heard, the prefix index routes instead.',
    'Add the endpoint to x-kvcache.kv_events.sources.',
  ),
} as const satisfies Record<string, Rule>;
