import type { KeyStatus } from './pixiu-marks.ts';
import {
  anything,
  duration,
  flag,
  host,
  integer,
  list,
  map,
  number,
  object,
  optional,
  text,
} from '../schema/describe.ts';

const ANY_CASE = { keyCase: 'any' } as const;

const label = text('Label.', '', { status: { kind: 'inert', why: 'a label' } });

/** Shared by listeners and endpoints. */
export const socketAddress = object(
  'Host and port.',
  {
    address: host('Host name or IP address; IPv6 with or without brackets.', '0.0.0.0'),
    port: integer('TCP port; 0 on a listener asks for a free one.', 8881, { max: 65_535 }),
    domains: list(
      'Host names; the first is used instead of address and port 80 or 443.',
      text('Host.'),
    ),
    protocol: label,
    name: label,
    certs_dir: text('Certificates of an HTTPS listener.', '', {
      status: { kind: 'ignored', why: 'the embedded gateway serves plain HTTP' },
    }),
  },
  ANY_CASE,
);

const BARE_SKIPS = {
  bareEffect: 'Pixiu cannot read the policy, and skips the endpoint on every request.',
};

/** Free-form in Pixiu, hence case-sensitive, and numbers may be written as text. */
const retryConfig = object('Settings of the policy.', {
  times: optional(integer('Attempts after the first.', 2, { lenient: true }), '2'),
  initialInterval: duration(
    'ExponentialBackoff: first pause.',
    { ms: 100, shown: '100ms' },
    BARE_SKIPS,
  ),
  maxInterval: duration(
    'ExponentialBackoff: longest pause.',
    { ms: 5_000, shown: '5s' },
    BARE_SKIPS,
  ),
  multiplier: number('ExponentialBackoff: growth of the pause.', 2, { min: 1, lenient: true }),
});

const llmMeta = object(
  'How requests to this engine are made.',
  {
    provider: text('Label.'),
    api_key: text('Sent as bearer token; empty = the client’s own header passes.', '', {
      secret: true,
    }),
    fallback: flag('May a failed request go to another endpoint?', false),
    health_check_interval: optional(integer('Cooldown after a failure, in ms.', 5_000), '5000'),
    retry_policy: object(
      'Retries on this endpoint.',
      {
        name: text('NoRetry, CountBased or ExponentialBackoff; letter case is free.', 'NoRetry'),
        config: retryConfig,
      },
      ANY_CASE,
    ),
  },
  ANY_CASE,
);

const endpoint = object(
  'One engine.',
  {
    ID: text('Must equal the lmcache_instance_id of the engine; generated when absent.', '', {
      unseen: 'Pixiu makes an id up, which no controller knows: no hint is ever followed.',
    }),
    name: text('Label.'),
    socket_address: socketAddress,
    meta: map('Free text; weight is read by WeightRandom.', text('Text.')),
    llm_meta: optional(llmMeta),
  },
  ANY_CASE,
);

/** Honoured here only; `why` says what Pixiu does instead. */
const own = (why: string): { status: KeyStatus } => ({ status: { kind: 'own', why } });

const NO_CHECKERS = {
  status: { kind: 'ignored', why: 'custom checkers do not exist in the embedded gateway' },
} as const;

const healthCheck = object(
  'Active check of every endpoint.',
  {
    protocol: text('tcp, http or https.', 'tcp', { suggested: ['tcp', 'http', 'https'] }),
    path: text('Asked for over http and https.', '/health', own('it only connects')),
    timeout: duration(
      'Longest wait for one check.',
      { ms: 1_000, shown: '1s' },
      { unreadableMs: 1_000 },
    ),
    interval: duration(
      'Pause between checks.',
      { ms: 3_000, shown: '3s' },
      { unreadableMs: 3_000 },
    ),
    initial_delay_seconds: duration(
      'Wait before the first check; a bare number is seconds.',
      { ms: 5_000, shown: '5s' },
      { bareUnitMs: 1_000, ...own('the first check comes after interval') },
    ),
    healthy_threshold: integer('Successes that make it healthy.', 5, {
      min: 1,
      ...own('the first result counts'),
    }),
    unhealthy_threshold: integer('Failures that make it unhealthy.', 5, {
      min: 1,
      ...own('the first result counts'),
    }),
    service_name: label,
    check_config: anything('Settings of custom checkers.', NO_CHECKERS),
    common_callbacks: anything('Callbacks of custom checkers.', NO_CHECKERS),
  },
  ANY_CASE,
);

export const cluster = object(
  'A group of like engines.',
  {
    name: text('Named by routes; `cluster-N` when absent.'),
    type: text('Static, StrictDNS, LogicalDns, EDS or OriginalDst.', 'EDS', {
      status: { kind: 'inert', why: 'the LLM path does not use it' },
    }),
    lb_policy: text(
      'Choice without a route hint: Rand, RoundRobin, RingHashing, MaglevHashing, WeightRandom.',
      'Rand',
      { suggested: ['Rand', 'RoundRobin', 'RingHashing', 'MaglevHashing', 'WeightRandom'] },
    ),
    consistent: object(
      'Settings of the hash policies.',
      {
        replica_num: integer('Virtual nodes per endpoint.', 10, { max: 10_000, zeroIsUnset: true }),
        max_vnode_num: integer('Size of the ring.', 1_023, { zeroIsUnset: true }),
        maglev_table_size: integer('Size of the Maglev table; a prime.', 521, {
          max: 1_000_000,
          zeroIsUnset: true,
        }),
      },
      ANY_CASE,
    ),
    health_checks: list('Active checks; only the first is used.', healthCheck),
    endpoints: list('The engines.', endpoint),
  },
  ANY_CASE,
);
