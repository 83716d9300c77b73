import { type CauseRow, when } from './cause.ts';

/** Somebody else is there. */
export const foreignTraffic: CauseRow = {
  id: 'foreign-traffic',
  sentence: () => 'Somebody else uses the engines.',
  remedy: () => 'Keep other clients and health probes that send completions away while measuring.',
  speaksFor: (seen) =>
    when(seen.isInvalid('foreign-traffic'), 'engines or gateway counted more requests than ours'),
  speaksAgainst: (seen) =>
    when(seen.figures.routing?.isOneProcess === true, 'the engines are one process'),
};
