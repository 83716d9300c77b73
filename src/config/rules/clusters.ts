import { type Rule, rule } from './rule.ts';

/** Rules about clusters and their endpoints. */
export const CLUSTER_RULES = {
  'lb-policy-lookalike': rule(
    'warning',
    'lb_policy is spelled as Pixiu spells it.',
    'Pixiu silently balances at random; this gateway does what the name says.',
    'Write one of Rand, RoundRobin, RingHashing, MaglevHashing, WeightRandom.',
  ),
  'lb-policy-unknown': rule(
    'warning',
    'lb_policy names a policy.',
    'Requests without a route hint are balanced at random.',
    'Write one of Rand, RoundRobin, RingHashing, MaglevHashing, WeightRandom.',
  ),
  'hash-policy-one-engine': rule(
    'warning',
    'The load balancing spreads chat requests.',
    'Pixiu hashes method and path, so every chat request goes to the same engine.',
    'Use RoundRobin, or set x-kvcache.routing.policy.',
  ),
  'duplicate-endpoint-id': rule(
    'warning',
    'Endpoint ids are unique within a cluster.',
    'Pixiu keeps one id for both and counts them as one; here the later gets a number behind its id, which no controller instance carries.',
    'Give every endpoint the instance id of its engine.',
  ),
  'generated-endpoint-id': rule(
    'warning',
    'Every endpoint has an id.',
    'A generated id matches no controller instance, so no lookup can route to this endpoint.',
    'Set ID to the lmcache_instance_id of the engine.',
  ),
  'health-protocol': rule(
    'warning',
    'Active checks are made by tcp, http or https.',
    'Pixiu and this gateway check by tcp.',
    'Write tcp, http or https.',
  ),
  'health-check-port': rule(
    'warning',
    'Active checks reach the port of the engine.',
    'Pixiu dials port 80 or 443 of the host instead of the endpoint’s: after one interval every endpoint counts as unhealthy, and every request is answered 503.',
    'Write protocol: tcp, which dials the endpoint’s own port.',
  ),
  'duplicate-cluster-name': rule(
    'warning',
    'Cluster names are unique.',
    'Routes find only one of them.',
    'Rename one.',
  ),
  'empty-cluster': rule(
    'warning',
    'Every cluster has endpoints.',
    'Every request to it is answered 503.',
    'Add at least one endpoint.',
  ),
  'same-address': rule(
    'warning',
    'Endpoints have different addresses.',
    'Both ids reach one engine: whatever is measured about routing between them means nothing.',
    'Point each endpoint at its own engine.',
  ),
  'endpoint-is-listener': rule(
    'error',
    'No endpoint is a listener of the gateway itself.',
    'Each request comes back to the gateway, again and again, until its sockets or its time run out.',
    'Write the address of the engine.',
  ),
  'bad-weight': rule(
    'warning',
    'meta.weight is a positive number.',
    'WeightRandom takes it as 1, a weight of 0 too.',
    'Write a positive number, or take the endpoint out.',
  ),
  'missing-llm-meta': rule(
    'warning',
    'Every endpoint has an llm_meta block.',
    'Pixiu answers 500 "panic recovered" for requests to this endpoint; this gateway uses the defaults.',
    'Add llm_meta with retry_policy.name: NoRetry.',
  ),
  'times-outside-config': rule(
    'warning',
    'Retry settings stand inside retry_policy.config.',
    'Pixiu ignores the setting and uses its default.',
    'Move it into retry_policy.config.',
  ),
  'unknown-retry-policy': rule(
    'error',
    'retry_policy.name is a policy.',
    'Pixiu answers "unknown retry policy type" and skips the endpoint on every request.',
    'Write NoRetry, CountBased or ExponentialBackoff.',
  ),
  'domain-not-bare': rule(
    'error',
    'socket_address.domains holds bare host names.',
    'A scheme, port or path in it makes every request to the endpoint fail.',
    'Write the host name only, and the scheme in the proxy filter; for another port than 80 or 443 write address and port instead.',
  ),
  'address-beside-domain': rule(
    'warning',
    'An endpoint has a domain, or an address and a port.',
    'The domain wins: the port is that of the scheme, 80 or 443.',
    'Delete domains, or delete address and port.',
  ),
  'plain-api-key': rule(
    'info',
    'API keys are not written into the file.',
    'Whoever reads the file has the key.',
    'Write ${VARIABLE} and render the file with `kvcache config render -o FILE` (mode 0600).',
  ),
  'api-key-unsendable': rule(
    'error',
    'API keys can stand in a header.',
    'A key with a line break or a character beyond Latin-1 makes every request to the endpoint fail.',
    'Write the key on one line, in quotes.',
  ),
  'zero-cooldown': rule(
    'info',
    'health_check_interval 0 is understood.',
    'Pixiu turns 0 into 5000 ms; this gateway switches the cooldown off.',
    'Write the cooldown you mean, in milliseconds.',
  ),
} as const satisfies Record<string, Rule>;
