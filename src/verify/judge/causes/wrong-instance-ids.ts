import type { CauseRow } from './cause.ts';
import type { Seen } from './cause.ts';

/** Swapped ids name a wrong engine each time; a stale index names whoever it remembers. */
function isConsistentlyOther({ figures: { routing } }: Seen): boolean {
  const lookup = routing?.lookup;
  return !!lookup && lookup.listed > 0 && lookup.namedHolder === 0 && lookup.impossible === 0;
}

/** The contract nobody checks. */
export const wrongInstanceIds: CauseRow = {
  id: 'wrong-instance-ids',
  sentence: () => 'The controller knows the engines under other ids than the gateway does.',
  remedy: () =>
    'Set lmcache_instance_id of every engine to the id of its endpoint in the gateway’s config (LMCache’s default is a random id).',
  speaksFor: (seen) => [
    (seen.lookup?.strangers.length ?? 0) > 0 &&
      `instances named that are no engine: ${seen.lookup?.strangers.join(', ')}`,
    seen.finding('instance-ids') === 'fail' && seen.findingText('instance-ids'),
    seen.reason === 'unknown-instance' && 'the gateway’s reason: unknown-instance',
  ],
  speaksAgainst: (seen) => [
    seen.lookup != null &&
      seen.lookup.strangers.length === 0 &&
      !isConsistentlyOther(seen) &&
      'instances are engines, and not always the same other one',
  ],
};
