import type { Culprit, Values } from '../culprit.ts';
import { valuesAt } from '../text-rules.ts';

const HEX = /(?<![0-9a-z])(?:0x)?[0-9a-f]{6,}(?![0-9a-z])/gi;
const WORD = /[A-Za-z0-9_+/=-]{8,}/g;

export const randomId: Culprit = {
  id: 'random-id',
  name: 'a random id, nonce or hash',
  said: 'a random id, nonce or hash changed',
  rule: 'both have hexadecimal digits, or letters and digits mixed at random, there',
  remedy: 'Keep ids and nonces out of prompts, or put them behind everything that stays the same.',
  explains: (change) => {
    const hex = valuesAt(change, HEX);
    if (hex && [hex.was, hex.is].some(isMixed)) return hex;
    const word = valuesAt(change, WORD);
    return word !== undefined && looksRandom(word) && word;
  },
};

const isMixed = (text: string): boolean => /\d/.test(text) && /[a-z]/i.test(text);

/** Behind what names it (`req_`, `chatcmpl-`), digits among letters. */
function looksRandom({ was, is }: Values): boolean {
  return [was, is].every((text) => {
    const random = text
      .replace(/=+$/, '')
      .split(/[-_](?=[^-_]*$)/)
      .at(-1)!;
    return random.length >= 8 && isMixed(random) && /[a-z]\d|\d[a-z]/i.test(random);
  });
}
