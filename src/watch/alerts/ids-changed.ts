import { type AlertRow, CONSEQUENCES, raisedBy } from './alert.ts';

/** Names apart. */
export const idsChanged: AlertRow = {
  id: 'ids-changed',
  severity: 'critical',
  sentence: () => 'Holders are found, and none of them is an endpoint of the gateway.',
  remedy:
    'Give endpoints of the gateway config the ids under which the engines report to the controller.',
  causes: ['wrong-instance-ids'],
  holds: raisedBy('strangers'),
  explains: [...CONSEQUENCES, 'strangers', 'unheld'],
};
