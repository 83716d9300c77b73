import type { Culprit } from '../culprit.ts';
import { agreesWithout } from '../text-rules.ts';

export const reEncoded: Culprit = {
  id: 're-encoded',
  name: 'the same text in another encoding',
  said: 'the text was encoded another way',
  rule: 'the texts agree once composed (NFKC) and unescaped (\\uXXXX, HTML entities)',
  remedy: 'Hand texts on as they came: no escaping, no normalising on the way.',
  isProof: true,
  explains: (change) => agreesWithout(change, plain),
};

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

function plain(text: string): string {
  return text
    .replaceAll(/\\u([0-9a-fA-F]{4})/g, (_, code: string) =>
      String.fromCharCode(parseInt(code, 16)),
    )
    .replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (it) => ENTITIES[it]!)
    .normalize('NFKC')
    .replaceAll(/[\u2018\u2019]/g, "'")
    .replaceAll(/[\u201c\u201d]/g, '"');
}
