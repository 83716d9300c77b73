import type { Culprit } from '../culprit.ts';
import { agreesWithout } from '../text-rules.ts';

const SELECTORS = /[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/gu;

export const variationSelector: Culprit = {
  id: 'variation-selector',
  name: 'an emoji with another variation selector',
  said: 'the variation selector of a character came or went',
  rule: 'the texts agree without variation selectors',
  remedy: 'Normalise emoji once, before texts are stored.',
  isProof: true,
  explains: (change) => agreesWithout(change, (text) => text.replaceAll(SELECTORS, '')),
};
