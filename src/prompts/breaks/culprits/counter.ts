import type { Culprit } from '../culprit.ts';
import { valuesAt } from '../text-rules.ts';

const NUMBER = /\d+(?:[.,]\d+)*/g;

export const counter: Culprit = {
  id: 'counter',
  name: 'a number that counts or measures',
  said: 'a number changed',
  rule: 'both have a number there',
  remedy: 'Put what is counted behind everything that stays the same, or leave it out.',
  explains: (change) => valuesAt(change, NUMBER) ?? false,
};
