import { type AlertRow, CONSEQUENCES, evidenceOf, ofSeries, type View } from './alert.ts';

/** Less than routing in turn would still find: what engines hold is asked for no more. */
function isBelowChance({ engineIds }: View, { value, usual }: { value: number; usual: number }) {
  return value < (0.5 * usual) / engineIds.length;
}

/** Beginnings that no two prompts share. */
export const promptsChanged: AlertRow = {
  id: 'prompts-changed',
  severity: 'critical',
  sentence: () => 'Prompts have stopped sharing beginnings: no engine finds anything of them.',
  remedy:
    'Look at what the client puts first: a time, an id or a reordered list of tools in front makes every prompt new.',
  causes: ['prompt-rewritten'],
  holds: (view) =>
    ofSeries(view, 'hit-rate')
      .filter((it) => isBelowChance(view, it))
      .map((it) => ({ subject: '', evidence: evidenceOf(it) })),
  explains: [...CONSEQUENCES, 'unheld'],
};
