import type { CauseRow } from './cause.ts';

/** Names an engine that has nothing. */
export const staleIndex: CauseRow = {
  id: 'stale-index',
  sentence: () =>
    'The controller names other engines than those that hold the prefix: its index is stale, static or swapped.',
  remedy: () =>
    'Restart the controller or turn on worker heartbeats; compare lmcache_instance_id with the endpoint ids; a mock with fixed answers knows nothing of caches.',
  speaksFor: (seen) => [
    seen.lookup != null &&
      seen.lookup.listed > seen.lookup.namedHolder &&
      `the holder named ${seen.lookup?.namedHolder} of ${seen.lookup?.listed} times`,
    (seen.lookup?.impossible ?? 0) > 0 && 'more tokens named than the prompt has',
  ],
  speaksAgainst: (seen) => [
    (seen.lookup?.strangers.length ?? 0) > 0 && 'instances that are no engine',
  ],
};
