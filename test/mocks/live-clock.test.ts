import { expect, it } from 'vitest';
import { LiveClock } from '../../mocks/time/live-clock.ts';

const DAY_MS = 24 * 3_600_000;

it('waits for what is due in months, and for nothing but that', async () => {
  const warnings: string[] = [];
  const onWarning = ({ name }: Error): unknown => warnings.push(name);
  process.on('warning', onWarning);
  const clock = new LiveClock();
  let isEarly = false;
  clock.at(clock.nowMs() + 60 * DAY_MS, () => (isEarly = true));
  for (let count = 0; count < 5; count++) {
    await new Promise<void>((resolve) => clock.at(clock.nowMs() + 2, resolve));
  }
  process.off('warning', onWarning);
  expect(isEarly).toBe(false);
  expect(warnings).toEqual([]);
  expect(clock.lateness.report().timers).toBe(5);
});
