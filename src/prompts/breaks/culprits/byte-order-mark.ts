import type { Culprit } from '../culprit.ts';
import { agreesWithout } from '../text-rules.ts';

export const byteOrderMark: Culprit = {
  id: 'byte-order-mark',
  name: 'a byte order mark',
  said: 'a byte order mark came or went',
  rule: 'the texts agree without U+FEFF',
  remedy: 'Strip the mark when the file of the prompt is read.',
  isProof: true,
  explains: (change) => agreesWithout(change, (text) => text.replaceAll('\uFEFF', '')),
};
