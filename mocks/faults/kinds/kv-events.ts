import { fault } from '../fault.ts';
import { optional, SHARE } from '../members.ts';

/** KV events get lost, repeated, or swapped with the next one. */
export const kvEvents = fault<{ drop?: number; dup?: number; reorder?: number }>({
  parameters: { drop: optional(SHARE), dup: optional(SHARE), reorder: optional(SHARE) },
  needsOneOf: ['drop', 'dup', 'reorder'],
  kvEvents: ({ drop, dup, reorder }, { mayBeHeld, strikes }) => {
    if (mayBeHeld && strikes(reorder)) return 'held';
    if (strikes(drop)) return 0;
    return strikes(dup) ? 2 : 1;
  },
});
