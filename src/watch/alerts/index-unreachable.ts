import { type AlertRow, CONSEQUENCES, raisedBy } from './alert.ts';

/** Nobody to ask. */
export const indexUnreachable: AlertRow = {
  id: 'index-unreachable',
  severity: 'critical',
  sentence: () => 'The gateway gets no answer from the index, or from the tokenizer it asks first.',
  remedy:
    'Look at the controller and its log: is it up, does it answer within the lookup timeout, is it reached from the gateway?',
  causes: ['lookup-fails'],
  holds: raisedBy('unasked'),
  explains: [...CONSEQUENCES, 'unasked', 'unheld'],
};
