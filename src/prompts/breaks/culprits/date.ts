import type { Culprit } from '../culprit.ts';
import { valuesAt } from '../text-rules.ts';

const MONTH =
  '(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\\.?';
const DAY = '\\d{1,2}(?:st|nd|rd|th)?';
/** Neither a version nor an address in four numbers. */
const APART = '(?<![\\w.])';
const ENDED = '(?!\\d|\\.\\d)';
const FORMS = [
  `${APART}\\d{4}[-/.]\\d{1,2}[-/.]\\d{1,2}${ENDED}`,
  `${APART}\\d{1,2}[-/.]\\d{1,2}[-/.]\\d{2,4}${ENDED}`,
  '\\b\\d{4}-?W\\d{2}(?:-?[1-7])?\\b',
  '\\b20\\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\\d|3[01])\\b',
  '\\d{4}年\\d{1,2}月(?:\\d{1,2}日)?',
  `\\b${MONTH} ${DAY}\\b(?:,? \\d{4})?`,
  `\\b${DAY} (?:of )?${MONTH}(?:,? \\d{4})?`,
  `\\b${MONTH} \\d{4}\\b`,
  '\\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\\b',
  '\\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\\b,?',
  '星期[一二三四五六日天]',
];
const DATE = new RegExp(FORMS.join('|'), 'gi');

export const date: Culprit = {
  id: 'date',
  name: 'a date',
  said: 'the date changed',
  rule: 'both have a date or a day of the week there',
  remedy: 'Put the date behind everything that stays the same, into the last message say.',
  isHarmless: true,
  explains: (change) => valuesAt(change, DATE) ?? false,
};
