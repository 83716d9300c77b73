import { type AlertRow, CONSEQUENCES } from './alert.ts';

/** A cache that is empty, for a while. */
export const engineRestarted: AlertRow = {
  id: 'engine-restarted',
  severity: 'info',
  sentence: (engine) =>
    `The counters of ${engine} began again: it was restarted, its cache is empty.`,
  remedy:
    'Nothing, when it was meant; the cache fills again. Else look into the log of the engine.',
  causes: [],
  holds: ({ buckets, engineIds }) =>
    engineIds
      .filter((id) => buckets.some(({ engines }) => engines[id]?.isReset))
      .filter((id) => buckets.at(-1)?.engines[id]?.prefixCaching !== false)
      .map((subject) => ({ subject, evidence: 'a counter that only rises went back' })),
  explains: CONSEQUENCES,
};
