import {
  checked,
  dataclass,
  field,
  flag,
  float,
  integer,
  listOf,
  type ModelField,
  nullable,
  oneOf,
  textMap,
  trimmedText,
} from './readers.ts';
import { type EventBatch, type EventEntry, keyProblem, type ObjectKey } from './wire-types.ts';

/** The members of a request, by name. Source: lmcache 0.5.6, `mp_coordinator/schemas.py`. */
export type Model = Readonly<Record<string, ModelField>>;

const TEXT = field({ kind: 'string' });
const TOKENS = field({ kind: 'integers' });
const TIER = oneOf(['l1', 'l2', 'all']);
const OPTIONAL_TEXT = { read: TEXT, default: '' };

const KEY = dataclass('EncodedObjectKey', {
  chunk_hash_hex: { read: TEXT },
  model_name: { read: TEXT },
  kv_rank: { read: integer() },
  object_group_id: { read: integer(), default: 0 },
  cache_salt: OPTIONAL_TEXT,
});

const ENTRY = checked(
  dataclass('CacheEventEntry', {
    key: { read: KEY },
    size_bytes: { read: integer(), default: 0 },
    token_ids: { read: TOKENS, default: [] },
    token_offset: { read: integer(), default: -1 },
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
    instance_id: { read: TEXT },
    incarnation: { read: integer() },
    seq: { read: integer() },
    event_type: { read: oneOf(['store', 'delete', 'access', 'config']) },
    tier: { read: TIER },
    backend: { read: TEXT },
    entries: { read: listOf(ENTRY), default: [] },
    shared: { read: flag, default: false },
    ts: { read: float(), default: 0 },
    capacity_bytes: { read: integer(), default: 0 },
    capacity_revision: { read: integer(), default: 0 },
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
  batches: {
    read: checked(listOf(BATCH), (batches: EventBatch[]) =>
      firstProblem(batches.flatMap(({ entries }) => entries.map(({ key }) => key))),
    ),
    default: [],
  },
};

export const LOOKUP: Model = {
  keys: { read: checked(listOf(KEY), firstProblem), default: [] },
  token_ids: { read: TOKENS, default: [] },
  model_name: { read: TEXT, default: '' },
  world_size: { read: integer(1), default: 1 },
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
  instance_id: { read: trimmedText(0), default: '' },
  ip: { read: trimmedText(1) },
  http_port: { read: integer(1, 65_535) },
  metadata: { read: textMap, default: {} },
  p2p_advertised_url: { read: trimmedText(0), default: '' },
  mq_port: { read: integer(0, 65_535), default: 0 },
};

export const PROMPT: Model = {
  model_name: { read: TEXT },
  world_size: { read: integer(1) },
  token_ids: { read: TOKENS, default: [] },
  cache_salt: OPTIONAL_TEXT,
};

export const PROMPT_ON_INSTANCE: Model = { instance_id: { read: TEXT }, ...PROMPT };

export const DELETION: Model = {
  ...PROMPT_ON_INSTANCE,
  tier: { read: TIER, default: 'all' },
  force: { read: flag, default: false },
};

export const QUOTA: Model = {
  limit_gb: { read: float(0) },
  tier: { read: TIER, default: 'l2' },
};

export const QUOTA_DEFAULT: Model = {
  default_limit_gb: { read: nullable(float(0)), default: null },
  tier: { read: TIER, default: 'l2' },
};

export const TIER_QUERY: Model = { tier: { read: TIER, default: 'l2' } };

const PAGE: Model = {
  offset: { read: integer(0), default: 0 },
  limit: { read: integer(1, 10_000), default: 1_000 },
};

export const KEYS_QUERY: Model = {
  tier: { read: TIER, default: 'all' },
  instance_id: OPTIONAL_TEXT,
  backend: OPTIONAL_TEXT,
  ...PAGE,
};

export const PINS_QUERY: Model = { cache_salt: OPTIONAL_TEXT, model_name: OPTIONAL_TEXT, ...PAGE };
