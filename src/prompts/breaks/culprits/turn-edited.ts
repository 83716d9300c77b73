import { isSystem } from '../../structure/place.ts';
import type { Culprit } from '../culprit.ts';

export const turnEdited: Culprit = {
  id: 'turn-edited',
  name: 'an earlier turn edited',
  said: 'the text of an earlier turn was edited',
  rule: 'the turn is there, its words are others',
  remedy: 'Append instead of editing: corrections and new results go behind what was sent before.',
  explains: ({ was, is, later, turn }) =>
    was !== undefined && is !== undefined && turn < later.turns.length - 1 && !isSystem(is),
};
