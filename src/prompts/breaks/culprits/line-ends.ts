import type { Culprit } from '../culprit.ts';
import { agreesWithout } from '../text-rules.ts';

export const lineEnds: Culprit = {
  id: 'line-ends',
  name: 'other line ends (CRLF)',
  said: 'the line ends changed (CRLF and LF)',
  rule: 'the texts agree without carriage returns',
  remedy: 'Keep LF in templates, on every machine: `* text eol=lf` in .gitattributes.',
  isProof: true,
  explains: (change) => agreesWithout(change, (text) => text.replaceAll('\r', '')),
};
