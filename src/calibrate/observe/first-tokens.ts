import type { Amounts } from '../terms.ts';
import { TIER_ARM } from './arms.ts';
import type { Observation } from './observation.ts';
import type { Seen } from './timeline.ts';

/** How a prefill is cut into steps. */
export interface Chunking {
  prefillChunkTokens: number;
  maxBatchedTokens: number;
}

/** Times to the first token of requests that had the engine to themselves. */
export function firstTokens(timeline: readonly Seen[], chunking: Chunking): Observation[] {
  let busyUntilMs = -Infinity;
  return timeline.flatMap((seen, at) => {
    const wasFreeMs = busyUntilMs;
    busyUntilMs = Math.max(busyUntilMs, seen.lastMs);
    const nextMs = timeline[at + 1]?.sentMs ?? Infinity;
    const isAlone = wasFreeMs <= seen.sentMs && seen.firstMs <= nextMs;
    const { sample, cachedTokens, arrivalsMs } = seen;
    const isUsed = sample.phase === 'measure' && arrivalsMs.length > 0 && isAlone;
    if (!isUsed || cachedTokens === undefined) return [];
    return [observed(seen, cachedTokens, chunking)];
  });
}

function observed(seen: Seen, cachedTokens: number, chunking: Chunking): Observation {
  const { sample, sentMs, firstMs, promptTokens } = seen;
  const chunks = chunksOf({ promptTokens, cachedTokens }, chunking);
  const sum = (name: keyof Amounts): number => chunks.reduce((all, it) => all + it[name]!, 0);
  const isTier = sample.arm === TIER_ARM && cachedTokens > 0;
  return {
    kind: 'first-token',
    ms: firstMs - sentMs,
    amounts: {
      apiMs: 1,
      stepMs: chunks.length,
      prefillMsPerToken: sum('prefillMsPerToken'),
      prefillMsPerTokenSquared: sum('prefillMsPerTokenSquared'),
      ...(isTier && { tierFixedMs: 1, tierMsPerToken: cachedTokens }),
    },
    steps: 1,
    chunks,
    atMs: sentMs,
    block: sample.block,
  };
}

/** What each step of a prefill computes; at least one token is. */
export function chunksOf(
  { promptTokens, cachedTokens }: { promptTokens: number; cachedTokens: number },
  { prefillChunkTokens, maxBatchedTokens }: Chunking,
): Amounts[] {
  const most = Math.min(prefillChunkTokens, maxBatchedTokens);
  const chunks: Amounts[] = [];
  let context = Math.min(cachedTokens, promptTokens - 1);
  while (context < promptTokens) {
    const tokens = Math.min(most, promptTokens - context);
    chunks.push({
      prefillMsPerToken: tokens,
      prefillMsPerTokenSquared: tokens * (2 * context + tokens),
    });
    context += tokens;
  }
  return chunks;
}
