import { expect, it } from 'vitest';
import { LiveClock } from '../../../mocks/time/live-clock.ts';

it('waits longer than a system timer can', async () => {
  const warnings: string[] = [];
  const listen = ({ name }: Error): number => warnings.push(name);
  process.on('warning', listen);
  const clock = new LiveClock();
  let isEarly = false;
  const cancel = clock.at(clock.nowMs() + 2 ** 40, () => {
    isEarly = true;
  });
  for (let count = 0; count < 2; count++) {
    await new Promise<void>((resolve) => {
      clock.at(clock.nowMs() + 5, resolve);
    });
  }
  cancel();
  process.off('warning', listen);
  expect(isEarly).toBe(false);
  expect(warnings).not.toContain('TimeoutOverflowWarning');
});
