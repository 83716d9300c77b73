import type { CauseRow, Seen } from './cause.ts';

function isHot({ busiest }: Seen): boolean {
  return !!busiest && busiest.share > 1.25 * busiest.fair && busiest.low > busiest.fair;
}

/** Hits that queue. */
export const hotSpot: CauseRow = {
  id: 'hot-spot',
  sentence: (seen) =>
    `Hits save no time: ${Math.round(100 * (seen.busiest?.share ?? 0))} % of the requests wait for one engine, ${seen.busiest?.id}.`,
  remedy: () =>
    'Let the gateway weigh load against cache (embedded gateway: x-kvcache.routing.load_weight_tokens), or spread hot prefixes over more engines.',
  speaksFor: (seen) => [
    seen.missesTime &&
      isHot(seen) &&
      `${Math.round(100 * (seen.busiest?.share ?? 0))} % with routing on (C) went to ${seen.busiest?.id}`,
  ],
};
