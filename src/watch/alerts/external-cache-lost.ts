import { type AlertRow, raisedBy } from './alert.ts';

/** Nothing beyond the engines. */
export const externalCacheLost: AlertRow = {
  id: 'external-cache-lost',
  severity: 'warning',
  sentence: () => 'Engines find less than usual in the cache beyond them (LMCache).',
  remedy: 'Check that the LMCache servers are up, and that the engines’ KV connector reaches them.',
  causes: ['eviction', 'empty-index'],
  holds: raisedBy('external-hit-rate'),
  explains: ['external-hit-rate'],
};
