import { type AlertRow, CONSEQUENCES, raisedBy } from './alert.ts';

/** Plain load balancing, by configuration. */
export const hintsLost: AlertRow = {
  id: 'hints-lost',
  severity: 'critical',
  sentence: () => 'Requests pass the gateway without a routing decision.',
  remedy:
    'Compare the gateway config with the one before the reload: is the kvcache filter in the chain, and enabled?',
  causes: ['hint-ignored', 'no-affinity'],
  holds: raisedBy('unhinted'),
  explains: [...CONSEQUENCES, 'unhinted', 'unheld', 'unheard'],
};
