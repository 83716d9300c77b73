import { TokenChain } from '../../src/kv/blocks.ts';
import type { RequestResult } from '../engine/core/request.ts';
import type { Sequence } from '../engine/core/sequence.ts';
import { DEVICE_LOCATION, type EngineStores } from '../engine/core/stores.ts';

interface Remembered {
  key: string;
  /** Prompt and answer. */
  tokens: Uint32Array;
  chainSeed: number;
  promptTokens: number;
  cachedTokens: number;
  tierCachedTokens: number;
  scheduledMs: number;
}

export interface Explanation {
  key: string;
  promptTokens: number;
  cachedTokens: number;
  tierCachedTokens: number;
  blockSize: number;
  /** Most tokens a hit could cover: whole blocks, and at least one token is always computed. */
  cachedTokensMax: number;
  verdict: 'full-hit' | 'evicted' | 'never-cached' | 'not-cacheable';
  /** One sentence for people. */
  because: string;
  firstMissingBlock: number | null;
  /** Set when the block was there once. */
  eviction: { atMs: number; by: string; reason: string } | null;
  /** The earlier request that shares the longest prefix of blocks, and where the prompts part. */
  nearest: {
    key: string;
    sharedBlocks: number;
    firstDifferingToken: number | null;
    isSameIdentity: boolean;
  } | null;
}

/** Tokens are kept whole; a few hundred long prompts are some megabytes. */
const REMEMBERED_MAX = 512;

/** Remembers recent requests so that a hit or a miss can be explained afterwards. */
export class ExplainBook {
  readonly #stores: () => EngineStores;
  readonly #ring: Remembered[] = [];
  #next = 0;

  /** @param stores late-bound: the engine is made with this book's `remember` as a callback */
  constructor(stores: () => EngineStores) {
    this.#stores = stores;
  }

  readonly remember = (sequence: Sequence, result: RequestResult): void => {
    const place = this.#next++ % REMEMBERED_MAX;
    const entry = this.#ring[place];
    const scheduledMs = sequence.scheduledMs ?? result.finishedMs;
    if (!entry) {
      const { key, promptTokens, cachedTokens, tierCachedTokens } = sequence;
      const { tokens, seed: chainSeed } = sequence.chain;
      const counts = { promptTokens, cachedTokens, tierCachedTokens };
      this.#ring[place] = { key, tokens, chainSeed, ...counts, scheduledMs };
      return;
    }
    // Written over in place, so that the garbage collector has little to do.
    entry.key = sequence.key;
    entry.tokens = sequence.chain.tokens;
    entry.chainSeed = sequence.chain.seed;
    entry.promptTokens = sequence.promptTokens;
    entry.cachedTokens = sequence.cachedTokens;
    entry.tierCachedTokens = sequence.tierCachedTokens;
    entry.scheduledMs = scheduledMs;
  };

  clear(): void {
    this.#ring.length = 0;
    this.#next = 0;
  }

  /** Why the last request with this key hit or missed; undefined when it is not remembered. */
  explain(key: string): Explanation | undefined {
    const recent = this.#newestFirst();
    const index = recent.findIndex((entry) => entry.key === key);
    const entry = recent[index];
    if (!entry) return undefined;
    const { blockSize } = this.#stores().device;
    const cap = Math.max(0, Math.floor((entry.promptTokens - 1) / blockSize));
    const hitBlocks = Math.floor((entry.cachedTokens - entry.tierCachedTokens) / blockSize);
    const missing = hitBlocks < cap ? hitBlocks : null;
    const eviction =
      missing === null
        ? undefined
        : this.#stores().evictions.find(
            DEVICE_LOCATION,
            new TokenChain(entry.tokens, blockSize, entry.chainSeed).hash(missing),
            entry.scheduledMs,
          );
    const nearest = nearestOf(entry, recent.slice(index + 1), blockSize);
    const explanation: Omit<Explanation, 'because'> = {
      key,
      promptTokens: entry.promptTokens,
      cachedTokens: entry.cachedTokens,
      tierCachedTokens: entry.tierCachedTokens,
      blockSize,
      cachedTokensMax: cap * blockSize,
      verdict: verdictOf(cap, missing, eviction !== undefined),
      firstMissingBlock: missing,
      eviction: eviction ? { atMs: eviction.atMs, by: eviction.by, reason: eviction.reason } : null,
      nearest,
    };
    return { ...explanation, because: sentence(explanation) };
  }

  #newestFirst(): Remembered[] {
    const count = this.#ring.length;
    return Array.from(
      { length: count },
      (_, age) => this.#ring[(this.#next - 1 - age + 2 * count) % count]!,
    );
  }
}

function verdictOf(
  cap: number,
  missing: number | null,
  wasEvicted: boolean,
): Explanation['verdict'] {
  if (cap === 0) return 'not-cacheable';
  if (missing === null) return 'full-hit';
  return wasEvicted ? 'evicted' : 'never-cached';
}

function nearestOf(
  entry: Remembered,
  earlier: readonly Remembered[],
  blockSize: number,
): Explanation['nearest'] {
  let best: Explanation['nearest'] = null;
  for (const other of earlier) {
    const isSameIdentity = other.chainSeed === entry.chainSeed;
    const differing = firstDifference(entry, other);
    const shared = Math.floor((differing ?? entry.promptTokens) / blockSize);
    const candidate = {
      key: other.key,
      sharedBlocks: shared,
      firstDifferingToken: differing,
      isSameIdentity,
    };
    const isBetter =
      !best ||
      shared > best.sharedBlocks ||
      (shared === best.sharedBlocks && isSameIdentity && !best.isSameIdentity);
    if (isBetter) best = candidate;
  }
  return best;
}

/** Index of the first token of the prompt that the other request does not have; null when it has all. */
function firstDifference(entry: Remembered, other: Remembered): number | null {
  const [tokens, others] = [entry.tokens, other.tokens];
  for (let index = 0; index < entry.promptTokens; index++) {
    if (tokens[index] !== others[index]) return index;
  }
  return null;
}

function sentence(explanation: Omit<Explanation, 'because'>): string {
  const { verdict, blockSize, firstMissingBlock, eviction, nearest } = explanation;
  switch (verdict) {
    case 'not-cacheable':
      return `The prompt has no more than one block of ${blockSize} tokens, so nothing of it can be reused.`;
    case 'full-hit':
      return 'Every block that may be reused was found; at least one token is always computed.';
    case 'evicted':
      return `Block ${firstMissingBlock} was here and left (${eviction!.reason}${eviction!.by === '' ? '' : `, for request ${eviction!.by}`}).`;
    case 'never-cached':
      return neverCached(firstMissingBlock!, nearest);
  }
}

function neverCached(block: number, nearest: Explanation['nearest']): string {
  const start = `Block ${block} was never in this engine's cache`;
  if (!nearest) return `${start}: no earlier request is remembered.`;
  if (!nearest.isSameIdentity && nearest.sharedBlocks > block) {
    return `${start} under this identity: request ${nearest.key} had the same tokens with another model, adapter or cache salt.`;
  }
  if (nearest.firstDifferingToken === null) {
    return `${start} when this request was scheduled: request ${nearest.key} had the same tokens, but was not that far yet.`;
  }
  return `${start}: the nearest earlier request, ${nearest.key}, differs from token ${nearest.firstDifferingToken} on.`;
}
