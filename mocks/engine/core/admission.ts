import type { EngineProfile } from '../../profiles/profile.ts';
import type { EngineCounters } from './counters.ts';
import type { Sequence } from './sequence.ts';
import type { EngineStores } from './stores.ts';
import { decompressMs, tierLoadMs } from './timing.ts';

export interface AdmissionContext {
  profile: EngineProfile;
  stores: EngineStores;
  counters: EngineCounters;
}

/**
 * Gives a waiting sequence its blocks and what is cached of it, first from the device, then from
 * the second tier; false, and nothing changed, when the blocks do not suffice. At least one token
 * is left to compute.
 */
export function admit(sequence: Sequence, context: AdmissionContext, atMs: number): boolean {
  const { profile, stores } = context;
  stores.actor = sequence.key;
  const allocation = stores.device.allocate(sequence.chain);
  if (!allocation) return false;
  const deviceTokens = allocation.cachedBlocks * profile.blockSize;
  const tierTokens = tierHit(sequence, stores, deviceTokens);
  sequence.allocation = allocation;
  sequence.computedTokens = deviceTokens + tierTokens;
  if (tierTokens > 0) stores.device.commit(allocation, sequence.computedTokens);
  sequence.readyMs =
    atMs +
    tierLoadMs(profile, tierTokens) +
    decompressMs(profile, allocation.compressedBlocks * profile.blockSize);
  if (sequence.scheduledMs === null) {
    sequence.scheduledMs = atMs;
    sequence.cachedTokens = deviceTokens + tierTokens;
    sequence.tierCachedTokens = tierTokens;
    count(context.counters, sequence, stores);
    sequence.listener.onScheduled?.({
      atMs,
      queueMs: atMs - sequence.submittedMs,
      cachedTokens: sequence.cachedTokens,
      deviceCachedTokens: deviceTokens,
      tierCachedTokens: tierTokens,
    });
  }
  return true;
}

function tierHit(sequence: Sequence, stores: EngineStores, deviceTokens: number): number {
  if (!stores.tier || !sequence.tierChain) return 0;
  const held = Math.min(stores.tier.matchTokens(sequence.tierChain), sequence.chain.length - 1);
  return Math.max(0, held - deviceTokens);
}

/** Where prefix caching is off nothing is asked for, and vLLM counts no query. */
function count(counters: EngineCounters, sequence: Sequence, { device, tier }: EngineStores): void {
  const deviceTokens = sequence.cachedTokens - sequence.tierCachedTokens;
  if (!device.isOff) counters.prefixQueries += sequence.promptTokens;
  counters.prefixHits += deviceTokens;
  if (!tier) return;
  counters.tierQueries += sequence.promptTokens - deviceTokens;
  counters.tierHits += sequence.tierCachedTokens;
}
