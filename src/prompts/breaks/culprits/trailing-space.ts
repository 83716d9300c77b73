import type { Culprit } from '../culprit.ts';
import { agreesWithout } from '../text-rules.ts';

export const trailingSpace: Culprit = {
  id: 'trailing-space',
  name: 'a space at the end',
  said: 'a space at the end of a line or text came or went',
  rule: 'the texts agree without blanks before line ends and at the end',
  remedy: 'Trim lines and texts where the template is filled in.',
  isProof: true,
  explains: (change) => agreesWithout(change, (text) => text.replaceAll(/[^\S\n]+(?=\n|$)/g, '')),
};
