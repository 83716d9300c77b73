import type { CauseRow } from './cause.ts';

/** Somebody else is there. */
export const foreignTraffic: CauseRow = {
  id: 'foreign-traffic',
  sentence: () => 'Somebody else uses the engines.',
  remedy: () => 'Keep other clients and health probes that send completions away while measuring.',
  speaksFor: (seen) => [
    seen.isInvalid('foreign-traffic') && 'engines or gateway counted more requests than ours',
  ],
  speaksAgainst: (seen) => [seen.routing?.isOneProcess === true && 'the engines are one process'],
};
