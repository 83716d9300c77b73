import { type AlertRow, evidenceOf, ofSeries } from './alert.ts';

/** Promised, and gone. */
export const evictionStorm: AlertRow = {
  id: 'eviction-storm',
  severity: 'warning',
  sentence: () => 'Engines have thrown away what they were expected to hold.',
  remedy:
    'Give the KV cache more memory, send fewer different prefixes to one engine, or let a tier below keep what is evicted.',
  causes: ['eviction'],
  holds: (view) =>
    [...ofSeries(view, 'found'), ...ofSeries(view, 'preemptions')]
      .slice(0, 1)
      .map((it) => ({ subject: '', evidence: evidenceOf(it) })),
  explains: ['found', 'preemptions', 'hit-rate', 'engine-hit-rate', 'ttft', 'external-hit-rate'],
};
