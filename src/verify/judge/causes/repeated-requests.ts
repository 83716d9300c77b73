import type { CauseRow } from './cause.ts';

/** Retries and hedging. */
export const repeatedRequests: CauseRow = {
  id: 'repeated-requests',
  sentence: () => 'The gateway sends requests more than once: it retries or hedges.',
  remedy: () =>
    'Turn retries and hedging off while measuring: every copy fills a cache and takes an engine’s time.',
  speaksFor: (seen) => [
    seen.isInvalid('repeated-requests') && 'only requests through the gateway count double',
    (seen.routing?.repeated ?? 0) > 2 &&
      `${seen.routing?.repeated} of ${seen.routing?.requests} requests, one at a time, counted more than once`,
  ],
  speaksAgainst: (seen) => [
    seen.routing?.isOneProcess === true && 'direct requests count double as well',
    seen.isInvalid('foreign-traffic') && 'requests that are not ours are counted as well',
  ],
};
