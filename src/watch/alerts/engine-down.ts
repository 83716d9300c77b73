import type { AlertRow } from './alert.ts';

/** Nothing to be read. */
export const engineDown: AlertRow = {
  id: 'engine-down',
  severity: 'critical',
  sentence: (engine) => `The metrics of ${engine} cannot be read.`,
  remedy: 'Check that the engine is up, and reached under the address given.',
  causes: [],
  holds: ({ buckets, engineIds }) =>
    engineIds
      .filter((id) => buckets.every(({ engines }) => engines[id]?.isRead === false))
      .map((subject) => ({ subject, evidence: 'no answer for a whole window' })),
  explains: ['request-share'],
};
