import { type CauseRow, when } from './cause.ts';

/** Hits that save nothing. */
export const nothingToGain: CauseRow = {
  id: 'nothing-to-gain',
  sentence: () =>
    'A cached prefix saves no time worth naming on these engines: there is nothing to gain.',
  remedy: () =>
    'Use longer prefixes (--prefix-tokens): what a cache saves grows with them, what a gateway costs does not.',
  speaksFor: (seen) => [
    ...when(
      seen.missesTime && seen.figures.controls !== null && seen.outcome('control') !== 'pass',
      'even on an idle engine a hit answers no sooner for certain',
    ),
  ],
  speaksAgainst: (seen) =>
    when(seen.outcome('cache-gain') === 'pass', 'under load hits do save time'),
};
