import type { CauseRow } from './cause.ts';

/** Queueing hides the gain. */
export const overload: CauseRow = {
  id: 'overload',
  sentence: () => 'Hits save less time under load than on an idle engine: queueing hides the gain.',
  remedy: () =>
    'Lower --concurrency, or give the engines more capacity; compare the audit of the generator.',
  speaksFor: (seen) => [
    seen.missesTime &&
      seen.outcome('control') === 'pass' &&
      seen.outcome('cache-gain') !== 'pass' &&
      'an idle engine answers hits sooner, a loaded one does not, even without the gateway',
  ],
};
