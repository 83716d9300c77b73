import { sumOf } from '../../base/lists.ts';
import type { BlockCount } from './block-count.ts';
import { hitTokens } from './trust.ts';

/** What a request of the run finds in a cache when it goes right, and when it does not. */
export interface HitSizes {
  /** Reusable tokens of a hit. */
  hit: number;
  /** Whole blocks of the chat template, which every request finds. */
  miss: number;
}

/**
 * Requests of one block that hit, by the engines' own counters of tokens; null where they do not tell.
 * n requests of which h hit find h·hit + (n − h)·miss tokens.
 */
export function countedHits(
  { measured }: BlockCount,
  engineCount: number,
  { hit, miss }: HitSizes,
): number | null {
  const tokens = hitTokens(measured.delta, engineCount);
  if (tokens === null || tokens < 0 || hit <= miss) return null;
  const requests = measured.certain;
  const hits = Math.round((tokens - requests * miss) / (hit - miss));
  return Math.min(requests, Math.max(0, hits));
}

/** Over all blocks of an arm; null unless every one of them tells. */
export function countedShare(
  blocks: readonly BlockCount[],
  engineCount: number,
  sizes: HitSizes,
): { hits: number; total: number } | null {
  const hits = blocks.map((it) => countedHits(it, engineCount, sizes));
  if (hits.length === 0 || hits.includes(null)) return null;
  return { hits: sumOf(hits, (it) => it!), total: sumOf(blocks, (it) => it.measured.certain) };
}
