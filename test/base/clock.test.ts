import { expect, it } from 'vitest';
import { sleep, systemClock } from '../../src/base/clock.ts';

it('a wait longer than any timer does not end at once', async () => {
  const thirtyDaysMs = 30 * 24 * 3_600_000;
  let hasFired = false;
  const cancel = systemClock.at(systemClock.nowMs() + thirtyDaysMs, () => (hasFired = true));
  await sleep(systemClock, 20);
  cancel();
  expect(hasFired).toBe(false);
});
