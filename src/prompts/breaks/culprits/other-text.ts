import type { Culprit } from '../culprit.ts';

export const otherText: Culprit = {
  id: 'other-text',
  name: 'other text before what stays the same',
  said: 'the text changed',
  rule: 'no other rule explains it',
  remedy: 'Put what changes behind everything that stays the same.',
  explains: () => true,
};
