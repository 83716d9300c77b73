import { type AlertRow, raisedBy } from './alert.ts';

/** Slower than its like. */
export const engineSlow: AlertRow = {
  id: 'engine-slow',
  severity: 'warning',
  sentence: (engine) =>
    `${engine} takes longer to the first token than the other engines, and than it used to.`,
  remedy:
    'Look at the machine of the engine: clocks, neighbours, swapping, another model on the same card.',
  causes: ['engines-unequal'],
  holds: raisedBy('ttft'),
  explains: ['ttft', 'request-share'],
};
