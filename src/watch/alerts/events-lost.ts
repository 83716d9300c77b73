import { sumOf } from '../../base/lists.ts';
import type { AlertRow } from './alert.ts';

/** Holes in what is told. */
export const eventsLost: AlertRow = {
  id: 'events-lost',
  severity: 'warning',
  sentence: (engine) => `KV events of ${engine} are missing, and could not be had again.`,
  remedy:
    'Give the engine a replay_endpoint in --kv-events-config and name it to who follows: URL,replay=URL. An index forgets all of the engine at each gap.',
  causes: ['stale-index'],
  holds: ({ buckets, engineIds }) =>
    engineIds.flatMap((subject) => {
      const lost = sumOf(buckets, ({ heard }) => heard[subject]?.counts.gapsLost ?? 0);
      return lost > 0 ? [{ subject, evidence: `gaps in a window: ${lost}` }] : [];
    }),
  explains: [],
};
