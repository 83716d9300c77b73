import { type AlertRow, raisedBy } from './alert.ts';

/** Seen by asking, where no metric tells. */
export const routingLost: AlertRow = {
  id: 'routing-lost',
  severity: 'critical',
  sentence: () =>
    'A prompt that comes again no longer finds its beginning: it goes elsewhere, or is not kept.',
  remedy: 'Run kvcache doctor and kvcache verify on the deployment: they look for the cause.',
  causes: ['no-affinity', 'eviction', 'prompt-rewritten'],
  holds: raisedBy('probe'),
  explains: ['probe', 'hit-rate', 'engine-hit-rate'],
};
