import { type CauseRow, when } from './cause.ts';

/** Names an engine that has nothing. */
export const staleIndex: CauseRow = {
  id: 'stale-index',
  sentence: () =>
    'The controller names other engines than those that hold the prefix: its index is stale, static or swapped.',
  remedy: () =>
    'Restart the controller or turn on worker heartbeats; compare lmcache_instance_id with the endpoint ids; a mock with fixed answers knows nothing of caches.',
  speaksFor: (seen) => [
    ...when(
      seen.figures.routing?.lookup != null &&
        seen.figures.routing.lookup.listed > seen.figures.routing.lookup.namedHolder,
      `the holder named ${seen.figures.routing?.lookup?.namedHolder} of ${seen.figures.routing?.lookup?.listed} times`,
    ),
    ...when(
      (seen.figures.routing?.lookup?.impossible ?? 0) > 0,
      'more tokens named than the prompt has',
    ),
  ],
  speaksAgainst: (seen) =>
    when((seen.figures.routing?.lookup?.strangers.length ?? 0) > 0, 'instances that are no engine'),
};
