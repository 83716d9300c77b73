import type { TokenChain } from '../../../src/kv/blocks.ts';
import type { RememberedRequest } from './journal.ts';
import type { SequenceFactory } from './sequence-factory.ts';
import { DEVICE_LOCATION, type EngineStores } from './stores.ts';

/** Why the first block that was not found on the device was not. */
export type MissCause =
  /** Everything that may be found was: the block with the last token is always computed. */
  | { kind: 'none' }
  /** It had been there. `by` is the key of the request that needed the room; empty for an order. */
  | { kind: 'evicted'; by: string; reason: 'capacity' | 'evict' | 'clear'; atMs: number }
  /** The same tokens are there, under another identity. */
  | { kind: 'isolated'; by: 'cache_salt' | 'lora' }
  /** A prompt equal up to `tokenIndex` is there, and differs from then on. */
  | { kind: 'differs'; tokenIndex: number; ownToken: number; otherToken: number }
  /** No block after this prefix is known here. */
  | { kind: 'never-stored' };

/** Why one request hit or missed. Siblings and isolation are judged by what is resident now. */
export interface Explanation {
  key: string;
  promptTokens: number;
  cachedTokens: number;
  deviceCachedTokens: number;
  tierCachedTokens: number;
  /** Index of the first device block that was not found; null when none was missing. */
  firstMissingBlock: number | null;
  miss: MissCause;
}

export function explain(
  request: RememberedRequest,
  stores: EngineStores,
  factory: SequenceFactory,
): Explanation {
  const { entry, chain } = request;
  const deviceCachedTokens = entry.cachedTokens - entry.tierCachedTokens;
  const block = deviceCachedTokens / chain.blockSize;
  const isComplete = block >= Math.floor((entry.promptTokens - 1) / chain.blockSize);
  return {
    key: entry.key,
    promptTokens: entry.promptTokens,
    cachedTokens: entry.cachedTokens,
    deviceCachedTokens,
    tierCachedTokens: entry.tierCachedTokens,
    firstMissingBlock: isComplete ? null : block,
    miss: isComplete ? { kind: 'none' } : missCause(request, block, { stores, factory }),
  };
}

function missCause(
  request: RememberedRequest,
  block: number,
  context: { stores: EngineStores; factory: SequenceFactory },
): MissCause {
  const { entry, chain } = request;
  const { stores } = context;
  const untilMs = entry.submittedMs + (entry.queueMs ?? 0);
  const removal = stores.evictions.find(DEVICE_LOCATION, chain.hash(block), untilMs);
  if (removal) {
    return { kind: 'evicted', by: removal.by, reason: removal.reason, atMs: removal.atMs };
  }
  return (
    isolation(request, block, context) ??
    nearestSibling(chain, block, stores) ?? { kind: 'never-stored' }
  );
}

function isolation(
  request: RememberedRequest,
  block: number,
  { stores, factory }: { stores: EngineStores; factory: SequenceFactory },
): MissCause | undefined {
  const { cacheSalt, loraName, chain, entry } = request;
  const promptTokens = chain.tokens.slice(0, entry.promptTokens);
  const isThere = (identity: { cacheSalt?: string; loraName?: string }): boolean =>
    stores.device.match(factory.deviceChain({ promptTokens, ...identity })) > block;
  if (cacheSalt !== undefined && isThere(loraName === undefined ? {} : { loraName })) {
    return { kind: 'isolated', by: 'cache_salt' };
  }
  if (loraName !== undefined && isThere(cacheSalt === undefined ? {} : { cacheSalt })) {
    return { kind: 'isolated', by: 'lora' };
  }
  return undefined;
}

/** Among resident blocks after the same prefix, the one that agrees longest. */
function nearestSibling(
  chain: TokenChain,
  block: number,
  stores: EngineStores,
): MissCause | undefined {
  const { pool } = stores.device;
  const parent = block === 0 ? 0 : chain.hash(block - 1);
  const start = block * chain.blockSize;
  const own = chain.tokens.subarray(start, start + chain.blockSize);
  let best: { shared: number; other: number } | undefined;
  for (const slot of stores.device.residentSlots()) {
    if (pool.parents[slot] !== parent) continue;
    const other = pool.tokensOf(slot);
    const shared = own.findIndex((token, index) => token !== other[index]);
    // Equal tokens mean that the block was stored after this request had missed it.
    if (shared < 0 || (best && shared <= best.shared)) continue;
    best = { shared, other: other[shared]! };
  }
  return (
    best && {
      kind: 'differs',
      tokenIndex: start + best.shared,
      ownToken: own[best.shared]!,
      otherToken: best.other,
    }
  );
}
