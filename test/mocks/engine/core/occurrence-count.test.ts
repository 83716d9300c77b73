import { expect, it } from 'vitest';
import { OccurrenceCount } from '../../../../mocks/engine/core/occurrence-count.ts';

it('counts repeats of a key, and of no other', () => {
  const count = new OccurrenceCount();
  expect(['a', 'b', 'a', 'a', 'b'].map((key) => count.add(key))).toEqual([0, 0, 1, 2, 1]);
});

it('keeps counting keys of the generation before, and forgets older ones', () => {
  const count = new OccurrenceCount();
  const fill = (name: string): void => {
    for (let index = 0; index < 32_768; index++) count.add(`${name}${index}`);
  };
  count.add('kept');
  count.add('forgotten');
  fill('first');
  expect(count.add('kept')).toBe(1);
  fill('second');
  expect(count.add('kept')).toBe(2);
  fill('third');
  expect(count.add('forgotten')).toBe(0);
});
