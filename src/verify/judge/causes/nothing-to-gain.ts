import { type CauseRow, type Seen } from './cause.ts';

/** What a gateway may cost by itself: less than that cannot be won by it. */
const WORTH_NAMING_MS = 3;

/** With 97.5 % confidence; without controls nobody knows. */
function savedAtMostMs({ figures }: Seen): number {
  return figures.controls?.differenceMs.interval?.high ?? Infinity;
}

/** Hits that save nothing. */
export const nothingToGain: CauseRow = {
  id: 'nothing-to-gain',
  sentence: () =>
    'A cached prefix saves no time worth naming on these engines: there is nothing to gain.',
  remedy: () =>
    'Use longer prefixes (--prefix-tokens): what a cache saves grows with them, what a gateway costs does not.',
  speaksFor: (seen) => [
    seen.missesTime &&
      savedAtMostMs(seen) <= WORTH_NAMING_MS &&
      `on an idle engine a hit saves ${savedAtMostMs(seen).toFixed(1)} ms at most`,
  ],
  speaksAgainst: (seen) => [
    seen.outcome('cache-gain') === 'pass' && 'under load hits do save time',
  ],
};
