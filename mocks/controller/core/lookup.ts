import type { TokenChain } from '../../kv/blocks.ts';
import type { ChunkIndex, Holder } from './chunk-index.ts';

/**
 * Which holder of a chunk a lookup credits:
 * - `first-admitted`: the one that reported it first (LMCache up to 0.3.9)
 * - `registry-order`: the one registered first (later LMCache)
 * - `all`: every instance, each with its own contiguous prefix (what a router would want)
 */
export const HOLDER_POLICIES = ['first-admitted', 'registry-order', 'all'] as const;
export type HolderPolicy = (typeof HOLDER_POLICIES)[number];

/** instance → where, and the end offset of the last chunk credited to it. */
export type Layout = Map<string, { location: string; tokens: number }>;

export interface LookupContext {
  index: ChunkIndex;
  /** Registered instances in order; others are not answered for. */
  instances: readonly string[];
  policy: HolderPolicy;
}

/**
 * Walks the chunks in order and stops at the first that nobody holds, as `KVController.lookup` of
 * LMCache. With a one-holder policy a count is an end offset, not a prefix owned by that instance.
 */
export function lookupLayout(chain: TokenChain, context: LookupContext): Layout {
  return context.policy === 'all' ? lookupAll(chain, context) : lookupOne(chain, context);
}

function lookupOne(chain: TokenChain, context: LookupContext): Layout {
  const layout: Layout = new Map();
  for (let chunk = 0; chunk * chain.blockSize < chain.length; chunk++) {
    const holder = creditedHolder(hashAt(chain, chunk), context);
    if (!holder) break;
    credit(layout, holder, endOffset(chain, chunk));
  }
  return layout;
}

function lookupAll(chain: TokenChain, { index, instances }: LookupContext): Layout {
  const layout: Layout = new Map();
  let unbroken = new Set(instances);
  for (let chunk = 0; chunk * chain.blockSize < chain.length && unbroken.size > 0; chunk++) {
    const still = new Set<string>();
    for (const holder of index.holders(hashAt(chain, chunk))) {
      if (!unbroken.has(holder.instanceId) || still.has(holder.instanceId)) continue;
      still.add(holder.instanceId);
      credit(layout, holder, endOffset(chain, chunk));
    }
    unbroken = still;
  }
  return layout;
}

function creditedHolder(hash: number, context: LookupContext): Holder | undefined {
  const { index, instances, policy } = context;
  if (policy === 'first-admitted') return index.firstHolder(hash);
  const holders = index.holders(hash);
  for (const instanceId of instances) {
    const holder = holders.find((candidate) => candidate.instanceId === instanceId);
    if (holder) return holder;
  }
  return undefined;
}

function credit(layout: Layout, holder: Holder, tokens: number): void {
  const entry = layout.get(holder.instanceId);
  if (entry) {
    entry.location = holder.location;
    entry.tokens = tokens;
  } else layout.set(holder.instanceId, { location: holder.location, tokens });
}

export function hashAt(chain: TokenChain, chunk: number): number {
  return chunk < chain.fullBlocks ? chain.hash(chunk) : chain.tailHash()!;
}

function endOffset(chain: TokenChain, chunk: number): number {
  return Math.min((chunk + 1) * chain.blockSize, chain.length);
}
