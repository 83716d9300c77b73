import type { Clock } from '../../src/base/clock.ts';
import { TokenChain } from '../kv/blocks.ts';
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
  /** Null when it ended before that. */
  scheduledMs: number | null;
}

export interface Explanation {
  key: string;
  promptTokens: number;
  cachedTokens: number;
  tierCachedTokens: number;
  blockSize: number;
  /**
   * Most tokens a hit could cover: whole blocks, and at least one token is always computed. All but
   * one when the second tier has a chunk that ends with the prompt.
   */
  cachedTokensMax: number;
  verdict: 'full-hit' | 'evicted' | 'never-cached' | 'not-cacheable' | 'never-scheduled';
  /** For people. */
  because: string;
  /** On the device; the second tier may have had it. */
  firstMissingBlock: number | null;
  /** Set when the block was there once; Unix time, as in the journal. */
  eviction: { atMs: number; by: string; reason: string } | null;
  /** The request scheduled earlier that shares the longest prefix of blocks, and where the prompts part. */
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
  readonly #clock: Clock;
  readonly #ring: Remembered[] = [];
  #next = 0;

  /** @param stores late-bound: the engine is made with this book's `remember` as a callback */
  constructor(stores: () => EngineStores, clock: Clock) {
    this.#stores = stores;
    this.#clock = clock;
  }

  readonly remember = (sequence: Sequence): void => {
    const place = this.#next++ % REMEMBERED_MAX;
    // Written over in place, so that the garbage collector has little to do.
    const entry = (this.#ring[place] ??= {} as Remembered);
    entry.key = sequence.key;
    entry.tokens = sequence.chain.tokens;
    entry.chainSeed = sequence.chain.seed;
    entry.promptTokens = sequence.promptTokens;
    entry.cachedTokens = sequence.cachedTokens;
    entry.tierCachedTokens = sequence.tierCachedTokens;
    entry.scheduledMs = sequence.scheduledMs;
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
    const missing = entry.scheduledMs !== null && hitBlocks < cap ? hitBlocks : null;
    const eviction = missing === null ? null : this.#evictionOf(entry, missing);
    const { promptTokens, cachedTokens, tierCachedTokens } = entry;
    const explanation: Omit<Explanation, 'because'> = {
      key,
      promptTokens,
      cachedTokens,
      tierCachedTokens,
      blockSize,
      cachedTokensMax: Math.max(cap * blockSize, cachedTokens),
      verdict: verdictOf(entry, cap * blockSize, eviction !== null),
      firstMissingBlock: missing,
      eviction,
      nearest: nearestOf(entry, scheduledBefore(entry, recent, index), blockSize),
    };
    return { ...explanation, because: because(explanation) };
  }

  /** The keys under which a request with several prompts or answers is remembered. */
  choicesOf(key: string): string[] {
    const isChoice = (candidate: string): boolean => {
      const prompt = candidate.replace(/^\d+_/, '');
      return prompt === key || (prompt.startsWith(`${key}-`) && /-\d+$/.test(prompt));
    };
    return [...new Set(this.#ring.map((entry) => entry.key).filter(isChoice))].toSorted();
  }

  #evictionOf(entry: Remembered, block: number): Explanation['eviction'] {
    const { device, evictions } = this.#stores();
    const hash = new TokenChain(entry.tokens, device.blockSize, entry.chainSeed).hash(block);
    const found = evictions.find(DEVICE_LOCATION, hash, entry.scheduledMs!);
    if (!found) return null;
    const { by, reason } = found;
    const agoMs = this.#clock.nowMs() - found.atMs;
    const atMs = Math.round(this.#clock.wallMs() - agoMs);
    return { atMs, by, reason };
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
  { scheduledMs, cachedTokens }: Remembered,
  blockTokensMax: number,
  wasEvicted: boolean,
): Explanation['verdict'] {
  if (scheduledMs === null) return 'never-scheduled';
  if (blockTokensMax === 0) return 'not-cacheable';
  if (cachedTokens >= blockTokensMax) return 'full-hit';
  return wasEvicted ? 'evicted' : 'never-cached';
}

/** Requests are remembered as they end; what they found was decided when they were scheduled. */
function scheduledBefore(
  { scheduledMs }: Remembered,
  recent: readonly Remembered[],
  index: number,
): Remembered[] {
  if (scheduledMs === null) return [];
  return recent.filter((other, place) => {
    if (other.scheduledMs === null || other.scheduledMs > scheduledMs) return false;
    return other.scheduledMs < scheduledMs || place > index;
  });
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

function because(explanation: Omit<Explanation, 'because'>): string {
  const { tierCachedTokens } = explanation;
  const reason = deviceReason(explanation);
  if (tierCachedTokens === 0) return reason;
  return `${reason} The second tier had ${tierCachedTokens} of the cached tokens.`;
}

function deviceReason(explanation: Omit<Explanation, 'because'>): string {
  const { verdict, blockSize, firstMissingBlock, eviction, nearest } = explanation;
  switch (verdict) {
    case 'never-scheduled':
      return 'The request ended before it was scheduled, so nothing was looked up.';
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
  const start = `Block ${block} was not in this engine's cache`;
  if (!nearest) return `${start}: no earlier request is remembered.`;
  const { key, sharedBlocks, isSameIdentity, firstDifferingToken } = nearest;
  if (sharedBlocks <= block) {
    return `${start}: the nearest earlier request, ${key}, differs from token ${firstDifferingToken} on.`;
  }
  if (!isSameIdentity) {
    return `${start} under this identity: request ${key} had the same tokens with another model, adapter or cache salt.`;
  }
  return `${start}: request ${key} has it too, but had not computed it by then, or it left so long ago that it is forgotten.`;
}
