import { expect, it } from 'vitest';
import { gapsIn } from '../../src/load/missing-ids.ts';

it('tells each gap with the place of the nearest id before it', () => {
  expect(gapsIn([4, 1, 2, 6])).toEqual([
    { id: 0, before: 0 },
    { id: 3, before: 2 },
    { id: 5, before: 0 },
  ]);
});

it('takes ids that are few among many for numbers of something else', () => {
  expect(gapsIn([10, 20, 30])).toEqual([]);
  expect(gapsIn([])).toEqual([]);
});

it('takes no longer for one gap of half a million than for many small ones', () => {
  const half = 500_000;
  const ids = Array.from({ length: half + 1 }, (_, at) => (at === half ? 2 * half - 1 : at));
  const gaps = gapsIn(ids);
  expect(gaps).toHaveLength(half - 1);
  expect(new Set(gaps.map(({ before }) => before))).toEqual(new Set([half - 1]));
});
