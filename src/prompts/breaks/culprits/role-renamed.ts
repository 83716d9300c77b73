import type { Culprit } from '../culprit.ts';

export const roleRenamed: Culprit = {
  id: 'role-renamed',
  name: 'another role for the same message',
  said: 'the role of the message changed',
  rule: 'the same text under another role',
  remedy: 'Keep the role that a message was first sent with.',
  isHarmless: true,
  isProof: true,
  explains: ({ was, is, textWas, textIs }) =>
    was !== undefined &&
    is !== undefined &&
    was.role !== is.role &&
    textWas === textIs && { was: was.role, is: is.role },
};
