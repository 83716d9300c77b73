import { expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';

it('fires timers in due order, ties in the order they were set, and skips cancelled ones', () => {
  const clock = new VirtualClock();
  const random = createRandom(7);
  const expected: [number, number][] = [];
  const fired: [number, number][] = [];
  for (let index = 0; index < 500; index++) {
    const atMs = random.int(50);
    const cancel = clock.at(atMs, () => {
      expect(clock.nowMs()).toBe(atMs);
      fired.push([atMs, index]);
    });
    if (index % 7 === 0) cancel();
    else expected.push([atMs, index]);
  }
  clock.runToIdle();
  expect(fired).toEqual(expected.sort((a, b) => a[0] - b[0] || a[1] - b[1]));
  expect(clock.nowMs()).toBeLessThan(50);
});

it('fires timers set by timers within the same advance', () => {
  const clock = new VirtualClock();
  const seen: number[] = [];
  clock.at(10, () => clock.at(15, () => seen.push(clock.nowMs())));
  clock.advanceTo(20);
  expect(seen).toEqual([15]);
  expect(clock.nowMs()).toBe(20);
});
