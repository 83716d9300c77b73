import { afterEach, expect, it, vi } from 'vitest';
import { LiveClock } from '../../../mocks/time/live-clock.ts';

afterEach(() => {
  vi.useRealTimers();
});

it('waits for weeks without waking up all the time', () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const setSystemTimer = vi.spyOn(globalThis, 'setTimeout');
  const clock = new LiveClock();
  const weeksMs = 2 ** 31 + 1_000;
  let runs = 0;
  clock.at(clock.nowMs() + weeksMs, () => runs++);
  vi.advanceTimersByTime(50);
  expect(setSystemTimer).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(weeksMs - 51);
  expect(runs).toBe(0);
  vi.advanceTimersByTime(1);
  expect(runs).toBe(1);
});
