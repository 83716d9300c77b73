import { isDefinition } from '../../structure/place.ts';
import type { Culprit } from '../culprit.ts';
import { indexFrom } from './order-shuffled.ts';

export const turnInserted: Culprit = {
  id: 'turn-inserted',
  name: 'a message put between earlier ones',
  said: 'a message was put before earlier ones',
  rule: 'the turn that stood there follows further on',
  remedy: 'Append: notes and reminders go behind what was sent before.',
  isProof: true,
  explains: ({ later, turn, was }) =>
    was !== undefined && !isDefinition(was) && indexFrom(later.turns, was, turn + 1) !== -1,
};
