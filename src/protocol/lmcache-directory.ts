import { isCount, isRecord } from '../base/json.ts';
import type { Holding, Layout } from './lmcache.ts';

/** LMCache's chunk, unless its servers are told otherwise. */
const CHUNK_TOKENS = 256;

/** Loading from a tier below memory saves the computing, not the waiting. */
const SLOW_TIER_WORTH = 0.5;

/** Who has one object: a chunk as one rank computed it, in one object group. */
interface StoredObject {
  /** Instance → whether it has it in memory. */
  holders: Map<string, boolean>;
  /** Every instance can load it from a shared tier. */
  isShared: boolean;
}

/** A chunk's objects: an instance has the chunk when it has all of them. */
type Chunk = StoredObject[];

/**
 * Decodes the answer of the coordinator's POST /directory/lookup: one result per chunk, rank and
 * object group, each with its placements. An instance's match is the run of leading chunks that it
 * can load whole and of which it has some itself. A placement in a shared tier names no holder.
 * Chunks are as long as the token ids that come with them, else 256 where the number of chunks
 * allows it, else as short as it allows. Returns undefined for another shape.
 */
export function decodeDirectory(answer: unknown, promptTokens: number): Layout | undefined {
  if (!isRecord(answer) || !Array.isArray(answer['results'])) return undefined;
  const count = answer['chunks'];
  if (!isCount(count)) return undefined;
  const results = answer['results'] as unknown[];
  const chunks = chunksOf(results);
  if (!chunks) return undefined;
  const chunkTokens = chunkSize(results, count, promptTokens);
  const names = new Set(chunks.flat().flatMap(({ holders }) => [...holders.keys()]));
  const holdings = [...names].flatMap((name) => holdingOf(name, chunks, chunkTokens) ?? []);
  const shared = leading(chunks, (chunk) => chunk.every((it) => it.isShared));
  return {
    shape: 'none',
    holdings,
    chunkTokens,
    ...(shared > 0 && { sharedTokens: shared * chunkTokens }),
  };
}

/** In order; a chunk's objects have one hash. */
function chunksOf(results: readonly unknown[]): Chunk[] | undefined {
  const byHash = new Map<unknown, Chunk>();
  for (const result of results) {
    const key = isRecord(result) ? result['key'] : undefined;
    const placements = isRecord(result) ? result['placements'] : undefined;
    if (!isRecord(key) || !Array.isArray(placements)) return undefined;
    const object = objectOf(placements as unknown[]);
    if (!object) return undefined;
    const hash = key['chunk_hash_hex'];
    const chunk = byHash.get(hash);
    if (chunk) chunk.push(object);
    else byHash.set(hash, [object]);
  }
  return [...byHash.values()];
}

function objectOf(placements: readonly unknown[]): StoredObject | undefined {
  const object: StoredObject = { holders: new Map(), isShared: false };
  for (const placement of placements) {
    if (!isRecord(placement)) return undefined;
    const { instance_id: instance, tier, shared } = placement;
    if (typeof instance !== 'string') return undefined;
    if (shared === true) object.isShared = true;
    else {
      const isInMemory = tier === 'l1' || object.holders.get(instance) === true;
      object.holders.set(instance, isInMemory);
    }
  }
  return object;
}

function holdingOf(
  instanceId: string,
  chunks: readonly Chunk[],
  chunkTokens: number,
): Holding | undefined {
  const count = leading(chunks, (chunk) =>
    chunk.every(({ holders, isShared }) => isShared || holders.has(instanceId)),
  );
  const own = chunks
    .slice(0, count)
    .filter((chunk) => chunk.some((it) => it.holders.has(instanceId)));
  if (own.length === 0) return undefined;
  const inMemory = own.filter((chunk) => chunk.every((it) => it.holders.get(instanceId) === true));
  const slow = own.length - inMemory.length;
  const worth = inMemory.length + slow * SLOW_TIER_WORTH;
  return {
    instanceId,
    location: slow === 0 ? 'l1' : 'l2',
    matchedTokens: count * chunkTokens,
    ...(worth < count && { worthTokens: worth * chunkTokens }),
  };
}

/** How many elements from the start are so. */
function leading<T>(list: readonly T[], isSo: (element: T) => boolean): number {
  const end = list.findIndex((element) => !isSo(element));
  return end === -1 ? list.length : end;
}

function chunkSize(results: readonly unknown[], count: number, promptTokens: number): number {
  for (const result of results) {
    const ids = isRecord(result) ? result['token_ids'] : undefined;
    if (Array.isArray(ids) && ids.length > 0) return ids.length;
  }
  if (Math.floor(promptTokens / CHUNK_TOKENS) === count) return CHUNK_TOKENS;
  return Math.floor(promptTokens / (count + 1)) + 1;
}

/** Which deployment an object belongs to. */
export interface StoredModel {
  /** Path or hub id. */
  model: string;
  /** Ranks of the deployment. */
  worldSize: number;
}

/**
 * The deployments of a page of GET /directory/keys, each once, how many keys the page has and how
 * many there are.
 * A key's `kv_rank` has the world size above its lowest three bytes. Undefined for another shape.
 */
export function decodeStoredModels(
  answer: unknown,
): { total: number; listed: number; models: StoredModel[] } | undefined {
  if (!isRecord(answer) || !Array.isArray(answer['keys']) || !isCount(answer['total'])) {
    return undefined;
  }
  const entries = answer['keys'] as unknown[];
  const models = new Map<string, StoredModel>();
  for (const entry of entries) {
    const key = isRecord(entry) ? entry['key'] : undefined;
    if (!isRecord(key) || typeof key['model_name'] !== 'string' || !isCount(key['kv_rank'])) {
      return undefined;
    }
    const found = { model: key['model_name'], worldSize: Math.floor(key['kv_rank'] / 2 ** 24) };
    models.set(`${found.worldSize} ${found.model}`, found);
  }
  return { total: answer['total'], listed: entries.length, models: [...models.values()] };
}
