import { isDefinition } from '../../structure/place.ts';
import type { Culprit } from '../culprit.ts';
import { indexFrom } from './order-shuffled.ts';

/** A note of what was cut, or a summary of it, may stand in its place. */
const STAND_INS_MAX = 2;

export const historyTruncated: Culprit = {
  id: 'history-truncated',
  name: 'earlier turns cut off',
  said: 'earlier turns were cut off',
  rule: 'the turns that follow stood further back before',
  remedy: 'Cut seldom and much at a time: each cut costs the whole rest once.',
  isProof: true,
  explains: ({ earlier, later, turn, was }) => {
    if (was === undefined || isDefinition(was)) return false;
    for (let skip = 0; skip <= STAND_INS_MAX; skip++) {
      const next = later.turns[turn + skip];
      if (next !== undefined && indexFrom(earlier.turns, next, turn + skip + 1) !== -1) return true;
    }
    return false;
  },
};
