import type { CauseRow } from './cause.ts';

/** Known, and not followed. */
export const hintIgnored: CauseRow = {
  id: 'hint-ignored',
  sentence: (seen) =>
    `The gateway does not follow what the controller says${seen.reason === undefined ? '' : ` (its most frequent reason: ${seen.reason})`}.`,
  remedy: (seen) =>
    `Check the gateway’s routing policy and load balancing${seen.figures.targets.gatewayMode === 'embedded' ? ', and ask it with "kvcache gateway explain"' : ''}.`,
  speaksFor: (seen) => [
    seen.hasGoodIndex &&
      seen.missesHits &&
      'the controller names the holder each time, and requests go elsewhere',
  ],
  speaksAgainst: (seen) => [seen.reason === 'no-holder' && 'the gateway finds no holder'],
};
