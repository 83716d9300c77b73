import type { CauseRow } from './cause.ts';

/** Hits that queue. */
export const hotSpot: CauseRow = {
  id: 'hot-spot',
  sentence: (seen) =>
    `Hits save no time: ${Math.round(100 * (seen.busiest?.share ?? 0))} % of the requests wait for one engine, ${seen.busiest?.id}.`,
  remedy: () =>
    'Let the gateway weigh load against cache (embedded gateway: x-kvcache.routing.load_weight_tokens), or spread hot prefixes over more engines.',
  speaksFor: (seen) => [
    seen.missesTime &&
      (seen.busiest?.share ?? 0) > 1.25 * (seen.busiest?.fair ?? 1) &&
      (seen.busiest?.low ?? 0) > (seen.busiest?.fair ?? 1) &&
      `${Math.round(100 * (seen.busiest?.share ?? 0))} % of arm C at ${seen.busiest?.id}`,
  ],
};
