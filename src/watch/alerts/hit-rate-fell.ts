import { type AlertRow, evidenceOf, isCertain, ofSeries } from './alert.ts';

/** Whatever else it is. */
export const hitRateFell: AlertRow = {
  id: 'hit-rate-fell',
  severity: 'critical',
  sentence: (engine) =>
    `Less is found in the prefix cache${engine && ` of ${engine}`} than usual, and nothing that was read says why.`,
  remedy: 'Run kvcache doctor and kvcache verify on the deployment: they look for the cause.',
  causes: ['no-affinity', 'eviction', 'prompt-rewritten', 'foreign-traffic'],
  holds: (view) => {
    const fleet = ofSeries(view, 'hit-rate');
    const found = fleet.length > 0 ? fleet : ofSeries(view, 'engine-hit-rate');
    // What explains it may take a bucket longer to be certain.
    return found.filter(isCertain).map((it) => ({ subject: it.subject, evidence: evidenceOf(it) }));
  },
  explains: ['hit-rate', 'engine-hit-rate'],
};
