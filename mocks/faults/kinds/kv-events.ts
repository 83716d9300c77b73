import { fault } from '../fault.ts';
import { number, optional, type ScalarSchema } from '../../../src/schema/describe.ts';

const shareOf = (what: string): ScalarSchema<number | undefined> =>
  optional(number(`Share of the batches that are ${what}.`, 0, { min: 0, max: 1 }));

/** KV events get lost, repeated, or swapped with the next one. */
export const kvEvents = fault({
  parameters: { drop: shareOf('lost'), dup: shareOf('sent twice'), reorder: shareOf('sent late') },
  needsOneOf: ['drop', 'dup', 'reorder'],
  kvEvents: ({ drop, dup, reorder }, { mayBeHeld, strikes }) => {
    if (mayBeHeld && strikes(reorder)) return 'held';
    if (strikes(drop)) return 0;
    return strikes(dup) ? 2 : 1;
  },
});
