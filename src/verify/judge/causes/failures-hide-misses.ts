import type { CauseRow } from './cause.ts';

/** What went wrong failed. */
export const failuresHideMisses: CauseRow = {
  id: 'failures-hide-misses',
  sentence: () => 'Requests through the gateway fail, and failures reach no cache.',
  remedy: () =>
    'Find out why they fail first: rate limits, timeouts, refused routes; the sample log holds each one’s status and message.',
  speaksFor: (seen) => [
    seen.failedShare('C') >= 0.03 &&
      seen.failedShare('C') > 2 * seen.failedShare('D') &&
      `${Math.round(100 * seen.failedShare('C'))} % with routing on (C) failed`,
  ],
};
