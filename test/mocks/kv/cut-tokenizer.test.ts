import { expect, it } from 'vitest';
import { cutTokenizer } from '../../../mocks/kv/cut-tokenizer.ts';
import { wordTokenizer } from '../../../mocks/kv/tokens.ts';

const TEXT = 'The lighthouse keeper reads w12x40 at night, and the sea is 😀 calm.';

it.each([1, 3, 8])('says the same in more tokens, a beginning a beginning: cut after %d', (cut) => {
  const tokenizer = cutTokenizer(wordTokenizer, cut);
  const tokens = tokenizer.encode(TEXT);
  expect(tokens.length).toBeGreaterThan(wordTokenizer.encode(TEXT).length);
  const beginning = tokenizer.encode(TEXT.slice(0, 24));
  expect(tokens.slice(0, beginning.length)).toEqual(beginning);
  expect(tokenizer.decode(tokenizer.encode('no wide letter'))).toBe('no wide letter');
});
