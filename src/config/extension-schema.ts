import { CONTROLLER_DIALECTS } from '../protocol/lmcache.ts';
import { ROUTING_POLICY_NAMES } from './routing-policies.ts';
import {
  anything,
  choice,
  duration,
  flag,
  host,
  integer,
  list,
  number,
  object,
  optional,
  required,
  text,
} from '../schema/describe.ts';

const OURS = { unknownKeys: 'error' } as const;
const GONE = {
  status: {
    kind: 'unsupported',
    why: 'Pixiu is emulated no more, --gateway pixiu runs the real one',
  },
} as const;

export const policy = choice(
  'lookup asks the controller, events follows what engines publish, prefix keeps an index of its own.',
  ROUTING_POLICY_NAMES,
  'lookup',
);

export const routing = object(
  'How an endpoint is chosen.',
  {
    policy,
    shadow: list(
      'Policies that decide for every request too and act on none; metrics tell how they would do.',
      choice('Policy.', ROUTING_POLICY_NAMES, 'prefix'),
    ),
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
    hash_load_max: number(
      'Most requests at one endpoint under bounded-hash, as a multiple of the mean.',
      1.25,
      { min: 1 },
    ),
    prefix_index: object(
      'Index of what was sent where: policy prefix, and lookup while no lookup can be made.',
      {
        block_tokens: integer('Tokens per block.', 16, { min: 1 }),
        ttl: duration('Age at which a block is forgotten.', { ms: 600_000, shown: '10m' }),
        max_blocks: integer('Blocks kept; the longest unused go first.', 1_000_000, {
          min: 1,
          max: 50_000_000,
        }),
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
    buffered_bytes_max: integer(
      'Request bodies held at a time, all together; more are answered 503 with Retry-After.',
      134_217_728,
      { min: 1 },
    ),
    header_bytes_max: integer('Larger request heads are answered 431.', 65_536, { min: 1_024 }),
    headers_timeout: duration('Longest wait for a request head.', { ms: 10_000, shown: '10s' }),
    body_timeout: duration('Longest wait for a request body.', { ms: 30_000, shown: '30s' }),
  },
  OURS,
);

const kvEvents = object(
  'What engines tell of their caches: policy events.',
  {
    sources: list(
      'One for each engine.',
      object(
        'KV events of one engine.',
        {
          endpoint: required(text('ID of its endpoint.')),
          url: required(
            text(
              "tcp:// address of vLLM's --kv-events-config, or http:// URL of the same as SSE, /__mock/events of mock engines.",
            ),
          ),
          replay: text('Its replay_endpoint; without it lost events cost all that is known.'),
          topic: text('Its topic; empty for all.'),
        },
        OURS,
      ),
    ),
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

const record = object(
  'Requests recorded in a file for kvcache prompts; off when absent. Only its owner may read it.',
  {
    file: required(text('File that lines are appended to.')),
    what: required(
      choice(
        'bodies: prompts word for word; hashes: lengths and keyed hashes of blocks, no text.',
        ['bodies', 'hashes'],
        'hashes',
      ),
    ),
    bytes_max: integer('Recording ends when the file has so many bytes.', 1_073_741_824, {
      min: 1,
    }),
  },
  OURS,
);

const sharedMemory = object(
  'Valkey or Redis through which several gateways share their prefix index; off when absent.',
  {
    url: required(text('redis:// or rediss:// URL.', '', { secret: true })),
    stream: text('Name of the stream in it.', 'kvcache'),
    entries_max: integer('Entries kept in the stream, about.', 10_000, { min: 100 }),
  },
  OURS,
);

export const extension = object(
  'Settings of the embedded gateway; Pixiu ignores them.',
  {
    compat: anything('Emulation of Pixiu.', GONE),
    compat_overrides: anything('The same for single faults.', GONE),
    routing,
    controller: object(
      'The LMCache controller.',
      {
        dialect: choice(
          'Wire it speaks; auto finds out.',
          ['auto', ...CONTROLLER_DIALECTS],
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
    kv_events: kvEvents,
    limits,
    response_headers: flag('Whether responses carry x-kvcache-* headers.', true),
    admin: optional(admin),
    record: optional(record),
    shared_memory: optional(sharedMemory),
    metric_address: host('Address the metrics port binds to.', '127.0.0.1'),
    access_log: flag('One line per finished request on stderr.', false),
  },
  OURS,
);
