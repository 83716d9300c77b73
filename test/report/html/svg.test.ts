import { expect, it } from 'vitest';
import { countTick } from '../../../src/report/html/svg.ts';

it.each([
  [0, '0'],
  [0.5, '0.5'],
  [900, '900'],
  [1_500, '1.5k'],
  [40_000, '40k'],
  [2_000_000, '2M'],
])('writes the tick %d as %s', (value, text) => {
  expect(countTick(value)).toBe(text);
});
