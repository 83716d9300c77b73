import { type AlertRow, evidenceOf, ofSeries } from './alert.ts';

/** Slower than its like. */
export const engineSlow: AlertRow = {
  id: 'engine-slow',
  severity: 'warning',
  sentence: (engine) =>
    `${engine} takes longer to the first token than the other engines, and than it used to.`,
  remedy:
    'Look at the machine of the engine: clocks, neighbours, swapping, another model on the same card.',
  causes: ['engines-unequal'],
  holds: (view) => {
    // One that gets more than its share is slow by that.
    const crowded = new Set(ofSeries(view, 'request-share').map(({ subject }) => subject));
    return ofSeries(view, 'ttft')
      .filter(({ subject }) => !crowded.has(subject))
      .map((it) => ({ subject: it.subject, evidence: evidenceOf(it) }));
  },
  explains: ['ttft', 'request-share'],
};
