import { type CauseRow, when } from './cause.ts';

/** Retries and hedging. */
export const repeatedRequests: CauseRow = {
  id: 'repeated-requests',
  sentence: () => 'The gateway sends requests more than once: it retries or hedges.',
  remedy: () =>
    'Turn retries and hedging off while measuring: every copy fills a cache and takes an engine’s time.',
  speaksFor: (seen) => [
    ...when(seen.isInvalid('repeated-requests'), 'only requests through the gateway count double'),
    ...when(
      (seen.figures.routing?.repeated ?? 0) > 2,
      `${seen.figures.routing?.repeated} of ${seen.figures.routing?.requests} requests, one at a time, counted more than once`,
    ),
  ],
  speaksAgainst: (seen) => [
    ...when(seen.figures.routing?.isOneProcess === true, 'direct requests count double as well'),
    ...when(seen.isInvalid('foreign-traffic'), 'requests that are not ours are counted as well'),
  ],
};
