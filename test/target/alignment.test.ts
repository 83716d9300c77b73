import { expect, it } from 'vitest';
import { indexableTokens, reusableTokens } from '../../src/target/alignment.ts';

it('reuses whole blocks, never the last token', () => {
  expect(reusableTokens(100, 200)).toBe(96);
  expect(reusableTokens(160, 160)).toBe(144);
  expect(reusableTokens(10, 200)).toBe(0);
  expect(reusableTokens(100, 200, 64)).toBe(64);
});

it('lists whole chunks', () => {
  expect(indexableTokens(600)).toBe(512);
  expect(indexableTokens(255)).toBe(0);
});
