/** What names one cached object, as the wire spells it. Source: lmcache 0.5.6, `EncodedObjectKey`. */
export interface ObjectKey {
  chunk_hash_hex: string;
  /** Path or hub id that the engine loaded, whatever name it is served under. */
  model_name: string;
  /** World size, rank, local world size and local rank, a byte each. */
  kv_rank: number;
  object_group_id: number;
  cache_salt: string;
}

export type Tier = 'l1' | 'l2';

/** Where a copy of an object lies. */
export interface Placement {
  instance_id: string;
  /** Start of the process that reported it, Unix seconds. */
  incarnation: number;
  tier: Tier;
  backend: string;
  size_bytes: number;
  /** In a pool that every instance mounts: no one's in particular. */
  shared: boolean;
}

export interface EventEntry {
  key: ObjectKey;
  size_bytes: number;
  token_ids: readonly number[];
}

/** One message of an MP server to the coordinator. */
export interface EventBatch {
  instance_id: string;
  incarnation: number;
  /** From 1, per incarnation. */
  seq: number;
  event_type: 'store' | 'delete' | 'access' | 'config';
  tier: Tier;
  backend: string;
  entries: readonly EventEntry[];
  shared: boolean;
  capacity_bytes: number;
  capacity_revision: number;
}

/** `kv_rank` of every rank of a deployment on one node. Beyond 255 ranks its parts overlap, there as here. */
export function kvRanks(worldSize: number): number[] {
  const size = BigInt(worldSize);
  return Array.from({ length: worldSize }, (_, index) => {
    const rank = BigInt(index);
    return Number((size << 24n) | (rank << 16n) | (size << 8n) | rank);
  });
}

/** The key as a map's key. Hash digits may be spelt large or with blanks between bytes. */
export function keyId(key: ObjectKey): string {
  const { model_name: model, kv_rank: rank, object_group_id: group, cache_salt: salt } = key;
  return JSON.stringify([hashId(key.chunk_hash_hex), model, rank, group, salt]);
}

export function hashId(hex: string): string {
  return hex.replaceAll(/\s/g, '').toLowerCase();
}

/** What is wrong with a key beyond its types, in the words of the real one. */
export function keyProblem(key: ObjectKey): string | undefined {
  const { chunk_hash_hex: hex, model_name: model, cache_salt: salt } = key;
  const odd = oddHexDigit(hex);
  if (odd !== undefined) {
    return `non-hexadecimal number found in fromhex() arg at position ${odd}`;
  }
  if (model.includes('@')) return `model_name must not contain '@' (got '${model}')`;
  if (key.object_group_id < 0) return `object_group_id must be >= 0 (got ${key.object_group_id})`;
  const bad = [...new Set(salt)].filter((letter) => '@/\\\0'.includes(letter));
  if (bad.length > 0) {
    const set = bad.map((letter) => `'${letter}'`).join(', ');
    return `cache_salt must not contain frozenset({${set}}) (got '${salt}')`;
  }
  return salt.length > SALT_MAX
    ? `cache_salt exceeds max length ${SALT_MAX} (got ${salt.length})`
    : undefined;
}

const SALT_MAX = 128;

/** Where Python's `bytes.fromhex` stumbles: pairs of digits, blanks only between them. */
function oddHexDigit(hex: string): number | undefined {
  const end = /^(?:\s*[\da-fA-F]{2})*\s*/.exec(hex)![0].length;
  if (end === hex.length) return undefined;
  return /^[\da-fA-F]/.test(hex.slice(end)) ? end + 1 : end;
}
