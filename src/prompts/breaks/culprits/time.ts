import type { Culprit } from '../culprit.ts';
import { valuesAt } from '../text-rules.ts';

const CLOCK =
  /\d{1,2}[:h時时点]\d{2}(?:[:m分]\d{2}(?:[.,]\d+)?)?秒?(?:\s?[ap]\.?m\b\.?)?(?:\s?Z\b|\s?[+-]\d\d:?\d\d)?|\b\d{1,2}\s?[ap]\.?m\b\.?/gi;
/** Seconds, milliseconds, … since 1970, in this part of the century. */
const EPOCH = /\b1[5-9]\d{8}(?:\.\d+|\d{3}|\d{6}|\d{9})?\b/g;

export const time: Culprit = {
  id: 'time',
  name: 'a time',
  said: 'the time changed',
  rule: 'both have a time of day, or seconds since 1970, there',
  remedy: 'Put the time behind everything that stays the same, into the last message say.',
  isHarmless: true,
  explains: (change) => valuesAt(change, CLOCK) ?? valuesAt(change, EPOCH) ?? false,
};
