import type { CauseRow } from './cause.ts';

/** Reasons of our gateway that mean that it got no answer. */
export const LOOKUP_FAILURES: ReadonlySet<string> = new Set([
  'breaker-open',
  'lookup-failed',
  'lookup-timeout',
  'no-directory',
  'prefix-hit-degraded',
  'tokenize-failed',
  'tokenize-timeout',
  'wrong-dialect',
]);

/** The gateway cannot ask. */
export const lookupFails: CauseRow = {
  id: 'lookup-fails',
  sentence: (seen) => `The gateway’s own lookups fail (its most frequent reason: ${seen.reason}).`,
  remedy: () =>
    'Check the controller’s address and dialect in the gateway’s config, its lookup_routing_timeout, and the load on the controller.',
  speaksFor: (seen) => [
    LOOKUP_FAILURES.has(seen.reason ?? '') && `the gateway’s reason: ${seen.reason}`,
  ],
};
