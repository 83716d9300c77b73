import type { Culprit } from '../culprit.ts';
import { agreesWithout } from '../text-rules.ts';

export const invisibleCharacter: Culprit = {
  id: 'invisible-character',
  name: 'an invisible character',
  said: 'an invisible character came or went',
  rule: 'the texts agree without characters that have no width',
  remedy: 'Strip such characters before texts are stored.',
  isProof: true,
  explains: (change) => agreesWithout(change, (text) => text.replaceAll(/\p{Cf}/gu, '')),
};
