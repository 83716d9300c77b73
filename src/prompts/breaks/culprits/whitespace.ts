import type { Culprit } from '../culprit.ts';
import { agreesWithout } from '../text-rules.ts';

export const whitespace: Culprit = {
  id: 'whitespace',
  name: 'other blanks or line ends',
  said: 'blanks or line ends changed',
  rule: 'the texts agree without any white space',
  remedy: 'Fill templates in by one function, so that blanks are always the same.',
  isProof: true,
  explains: (change) => agreesWithout(change, (text) => text.replaceAll(/\s+/g, '')),
};
