import type { Culprit } from '../culprit.ts';
import { agreesWithout, valuesAt } from '../text-rules.ts';

/** A number with marks between its digits, in any script. */
const NUMBER = /\p{Nd}(?:[.,'’\u00a0\u202f\u066b\u066c ]?\p{Nd})*/gu;

export const localeDigits: Culprit = {
  id: 'locale-digits',
  name: 'a number written for another locale',
  said: 'a number was written for another locale',
  rule: 'the same digits in another script, or with other marks between them',
  remedy: 'Format numbers for prompts with one fixed locale, not the machine’s.',
  isProof: true,
  explains: (change) => {
    const values = valuesAt(change, NUMBER);
    if (values === undefined) return false;
    return (
      digitsOf(values.was) === digitsOf(values.is) && agreesWithout(change, plainNumbers) && values
    );
  },
};

function plainNumbers(text: string): string {
  return text.replaceAll(NUMBER, digitsOf);
}

function digitsOf(number: string): string {
  return Array.from(number.replaceAll(/\P{Nd}/gu, ''), (digit) => {
    let zero = digit.codePointAt(0)!;
    // Every script's digits lie in one run that begins with its zero.
    for (let steps = 0; steps < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1)); steps++)
      zero--;
    return String(digit.codePointAt(0)! - zero);
  }).join('');
}
