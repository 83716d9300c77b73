import { checked, dataclass, type Model, trimmedText } from '../../python/models.ts';
import {
  flag,
  float,
  integer,
  integers,
  listOf,
  mapOf,
  nullable,
  oneOf,
  text,
} from '../../python/pydantic.ts';
import { type EventBatch, type EventEntry, keyProblem, type ObjectKey } from './wire-types.ts';

// Source: lmcache 0.5.6, `mp_coordinator/schemas.py`.

const TOKENS = integers();
const TIER = oneOf(['l1', 'l2', 'all']);
const OPTIONAL_TEXT = [text, ''] as const;

const KEY = dataclass('EncodedObjectKey', {
  chunk_hash_hex: text,
  model_name: text,
  kv_rank: integer(),
  object_group_id: [integer(), 0],
  cache_salt: OPTIONAL_TEXT,
});

const ENTRY = checked(
  dataclass('CacheEventEntry', {
    key: KEY,
    size_bytes: [integer(), 0],
    token_ids: [TOKENS, []],
    token_offset: [integer(), -1],
  }),
  ({ size_bytes: size, token_offset: offset }: EventEntry & { token_offset: number }) => {
    if (size < 0) return `size_bytes must be >= 0 (got ${size})`;
    return offset < -1
      ? `token_offset must be >= 0 or UNKNOWN_TOKEN_OFFSET (-1), got ${offset}`
      : undefined;
  },
);

const BATCH = checked(
  dataclass('CacheEventBatch', {
    instance_id: text,
    incarnation: integer(),
    seq: integer(),
    event_type: oneOf(['store', 'delete', 'access', 'config']),
    tier: TIER,
    backend: text,
    entries: [listOf(ENTRY), []],
    shared: [flag, false],
    ts: [float(), 0],
    capacity_bytes: [integer(), 0],
    capacity_revision: [integer(), 0],
  }),
  batchProblem,
);

function batchProblem(batch: EventBatch & { ts: number }): string | undefined {
  const { event_type: type } = batch;
  if (batch.instance_id === '') return 'instance_id must be non-empty';
  if (batch.backend === '' && type !== 'access') {
    return `backend must be non-empty for ${type} batches`;
  }
  if (type === 'config' && batch.entries.length > 0) {
    return 'config batches declare capacity and carry no entries';
  }
  return numberProblem(batch);
}

function numberProblem(batch: EventBatch & { ts: number }): string | undefined {
  for (const name of ['capacity_bytes', 'capacity_revision', 'incarnation'] as const) {
    if (batch[name] < 0) return `${name} must be >= 0 (got ${batch[name]})`;
  }
  const { seq, tier, ts } = batch;
  if (seq < 1) return `seq must be >= 1 (got ${seq})`;
  if (tier !== 'l1' && tier !== 'l2') {
    return `cache events must target a concrete tier (got '${String(tier)}')`;
  }
  return ts < 0 ? `ts must be >= 0 (got ${Number.isInteger(ts) ? ts.toFixed(1) : ts})` : undefined;
}

export const EVENTS: Model = {
  batches: [
    checked(listOf(BATCH), (batches: EventBatch[]) =>
      firstProblem(batches.flatMap(({ entries }) => entries.map(({ key }) => key))),
    ),
    [],
  ],
};

export const LOOKUP: Model = {
  keys: [checked(listOf(KEY), firstProblem), []],
  token_ids: [TOKENS, []],
  model_name: [text, ''],
  world_size: [integer(1), 1],
  cache_salt: OPTIONAL_TEXT,
};

function firstProblem(keys: readonly ObjectKey[]): string | undefined {
  return keys.map(keyProblem).find((problem) => problem !== undefined);
}

/** What the lookup's members must be together. */
export function lookupProblem(body: {
  keys: unknown[];
  token_ids: unknown[];
  model_name: string;
}): string | undefined {
  const hasTokens = body.token_ids.length > 0;
  if (body.keys.length > 0 === hasTokens) return "supply exactly one of 'keys' or 'token_ids'";
  return hasTokens && body.model_name === ''
    ? "'model_name' is required with 'token_ids'"
    : undefined;
}

export const REGISTRATION: Model = {
  instance_id: [trimmedText(0), ''],
  ip: trimmedText(1),
  http_port: integer(1, 65_535),
  metadata: [mapOf(text), {}],
  p2p_advertised_url: [trimmedText(0), ''],
  mq_port: [integer(0, 65_535), 0],
};

export const PROMPT: Model = {
  model_name: text,
  world_size: integer(1),
  token_ids: [TOKENS, []],
  cache_salt: OPTIONAL_TEXT,
};

export const PROMPT_ON_INSTANCE: Model = { instance_id: text, ...PROMPT };

export const DELETION: Model = {
  ...PROMPT_ON_INSTANCE,
  tier: [TIER, 'all'],
  force: [flag, false],
};

export const QUOTA: Model = {
  limit_gb: float(0),
  tier: [TIER, 'l2'],
};

export const QUOTA_DEFAULT: Model = {
  default_limit_gb: [nullable(float(0)), null],
  tier: [TIER, 'l2'],
};

export const TIER_QUERY: Model = { tier: [TIER, 'l2'] };

const PAGE: Model = {
  offset: [integer(0), 0],
  limit: [integer(1, 10_000), 1_000],
};

export const KEYS_QUERY: Model = {
  tier: [TIER, 'all'],
  instance_id: OPTIONAL_TEXT,
  backend: OPTIONAL_TEXT,
  ...PAGE,
};

export const PINS_QUERY: Model = { cache_salt: OPTIONAL_TEXT, model_name: OPTIONAL_TEXT, ...PAGE };
