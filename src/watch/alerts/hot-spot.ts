import { type AlertRow, raisedBy } from './alert.ts';

/** One for all. */
export const hotSpot: AlertRow = {
  id: 'hot-spot',
  severity: 'warning',
  sentence: (engine) => `${engine} gets far more than its share of the requests.`,
  remedy:
    'Let the gateway weigh load against cache (embedded gateway: x-kvcache.routing.load_weight_tokens), or look for one prefix that everybody shares.',
  causes: ['hot-spot', 'always-one-engine'],
  holds: raisedBy('request-share'),
  explains: ['request-share', 'ttft', 'engine-hit-rate', 'hit-rate', 'preemptions', 'found'],
};
