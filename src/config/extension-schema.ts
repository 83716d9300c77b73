import type { CompatMode, FaultId } from './gateway-config.ts';
import {
  choice,
  duration,
  flag,
  host,
  integer,
  number,
  object,
  optional,
  type ScalarSchema,
  text,
} from '../schema/describe.ts';

const OURS = { unknownKeys: 'error' } as const;
const MODES: readonly CompatMode[] = ['fixed', 'strict'];

/** Every fault that can be had back alone, and what `strict` does; also the rows of the docs. */
export const FAULTS: Readonly<Record<FaultId, string>> = {
  lb_policy_names: 'Look-alike policy names such as round_robin mean Rand.',
  layout_decoding: 'Only {"0","1"} objects decode in layout_info; arrays fail the lookup.',
  exact_repeat_only: 'Only an exact repeat of the whole prompt is routed, never the first request.',
  background_cancelled: 'Background calls are cancelled once the response is complete.',
  cache_key: 'Roles, tools and array content are not part of the token cache key.',
  tie_break: 'Of equal match counts an arbitrary one wins.',
  breaker_accounting: 'A half-open breaker lets one probe too many through.',
  evict_call: '/evict is called although LMCache has none.',
  load_signal: 'Thresholds compare with the load of the gateway itself.',
  client_disconnect: 'The engine goes on generating after the client has left.',
  client_error_cooldown: 'A client’s 4xx is retried and cools the endpoint down.',
  network_error_retry: 'Network errors are not retried on the same endpoint.',
  fallback_order: 'Fallback walks forward only, so the last endpoint has none.',
  cursor_skew: 'The round-robin cursor moves for hinted requests too.',
  missing_llm_meta: 'An endpoint without llm_meta answers 500.',
  zero_cooldown: 'health_check_interval 0 means 5 s.',
  health_thresholds: 'Health flips on the first result.',
  hash_key: 'Hash policies hash method and path only.',
  cluster_not_found_code: 'cluster_not_found_response_code is ignored: 503.',
  write_timeout_streams: 'write_timeout cuts long streams.',
  usage_double_count: 'Usage of every SSE event that carries it is added up.',
};

function faultFields(): Readonly<Record<FaultId, ScalarSchema<CompatMode | undefined>>> {
  const entries = Object.entries(FAULTS).map(([id, doc]) => [
    id,
    {
      kind: 'scalar',
      type: 'text',
      doc: `strict: ${doc}`,
      fallback: undefined,
      shown: 'as compat',
      oneOf: MODES,
    } satisfies ScalarSchema<undefined>,
  ]);
  return Object.fromEntries(entries) as Record<FaultId, ScalarSchema<CompatMode | undefined>>;
}

export const policy = choice(
  'lookup asks the controller, prefix keeps an index of its own.',
  ['lookup', 'prefix', 'least-load', 'round-robin', 'random', 'consistent-hash'],
  'lookup',
);

const routing = object(
  'How an endpoint is chosen.',
  {
    policy,
    allow_header_override: flag('May a request header choose the policy?', false),
    tokenize_timeout: duration('Bound on tokenizing in the request path.', {
      ms: 100,
      shown: '100ms',
    }),
    lookup_timeout: optional(
      duration('Bound on the lookup in the request path.', { ms: 50, shown: '50ms' }),
      'lookup_routing_timeout of the filter',
    ),
    minimum_match_tokens: integer('Shorter matches do not steer a request.', 1),
    load_weight_tokens: number(
      'Tokens of match that one more request in flight outweighs; 0 = load decides ties only.',
      64,
      { min: 0 },
    ),
    max_affinity_loss: number(
      'Largest share of the best match that may be given up for a less loaded endpoint.',
      1,
      { min: 0, max: 1 },
    ),
    session_header: text('Request header that keeps a session on one endpoint.', 'x-session-id'),
    session_affinity: flag('Whether session_header is looked at.', true),
    prefix_index: object(
      'Index of what was sent where: policy prefix, and lookup while no lookup can be made.',
      {
        block_tokens: integer('Tokens per block.', 16, { min: 1 }),
        ttl: duration('Age at which a block is forgotten.', { ms: 600_000, shown: '10m' }),
        max_blocks: integer('Blocks kept; the longest unused go first.', 1_000_000, { min: 1 }),
      },
      OURS,
    ),
  },
  OURS,
);

const limits = object(
  'Bounds on what a client may send.',
  {
    body_bytes_max: integer('Larger request bodies are answered 413.', 16_777_216, { min: 1 }),
    header_bytes_max: integer('Larger request heads are answered 431.', 65_536, { min: 1_024 }),
    headers_timeout: duration('Longest wait for a request head.', { ms: 10_000, shown: '10s' }),
    body_timeout: duration('Longest wait for a request body.', { ms: 30_000, shown: '30s' }),
  },
  OURS,
);

const admin = object(
  'Separate listener for explain and state; off when absent.',
  {
    address: host('Address to bind.', '127.0.0.1'),
    port: integer('TCP port; 0 asks for a free one.', 0, { max: 65_535 }),
  },
  OURS,
);

export const extension = object(
  'Settings of the embedded gateway; Pixiu ignores them.',
  {
    compat: choice(
      'fixed routes correctly, strict reproduces what Pixiu lets a client see.',
      ['fixed', 'strict'],
      'fixed',
    ),
    compat_overrides: object('The mode of single faults.', faultFields(), OURS),
    routing,
    controller: object(
      'The LMCache controller.',
      {
        dialect: choice(
          'Wire it speaks; auto finds out.',
          ['auto', 'toy', 'legacy', 'coordinator'],
          'auto',
        ),
        model: text(
          'What a coordinator calls the model, its path or hub id; else as the engine at vllm_endpoint says (root in /v1/models).',
          '',
        ),
        world_size: integer(
          'Ranks of the deployment, by which a coordinator files its chunks; 0 learns it from the coordinator.',
          0,
          { max: 255 },
        ),
      },
      OURS,
    ),
    limits,
    response_headers: flag('Whether responses carry x-kvcache-* headers.', true),
    admin: optional(admin),
    metric_address: host('Address the metrics port binds to.', '127.0.0.1'),
    access_log: flag('One line per finished request on stderr.', false),
  },
  OURS,
);
