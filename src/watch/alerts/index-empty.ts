import { type AlertRow, CONSEQUENCES, raisedBy } from './alert.ts';

/** An index that forgot. */
export const indexEmpty: AlertRow = {
  id: 'index-empty',
  severity: 'critical',
  sentence: () => 'The index names no holder for prompts that used to have one.',
  remedy:
    'Check whether the controller was restarted, and whether the engines’ workers are registered with it; what they hold is reported again only as it is stored.',
  causes: ['empty-index', 'stale-index'],
  holds: raisedBy('unheld'),
  explains: [...CONSEQUENCES, 'unheld'],
};
