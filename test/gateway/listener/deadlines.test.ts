import { expect, it } from 'vitest';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';
import { Deadlines } from '../../../src/gateway/listener/deadlines.ts';

it('runs each deadline once when it is due, at most a tick late, and removed ones never', () => {
  const clock = new VirtualClock();
  const deadlines = new Deadlines(clock);
  const ran: string[] = [];
  const add = (name: string, afterMs: number) =>
    deadlines.add(afterMs, () => ran.push(`${name}@${clock.nowMs()}`));
  add('a', 30);
  const b = add('b', 10);
  const c = add('c', 500);
  add('d', 100);
  deadlines.remove(b);
  deadlines.remove(b);
  clock.advanceTo(1_000);
  deadlines.remove(c);
  expect(ran).toEqual(['a@40', 'd@100', 'c@500']);
});

it('lets a deadline remove others, itself and add more', () => {
  const clock = new VirtualClock();
  const deadlines = new Deadlines(clock);
  const ran: string[] = [];
  const other = deadlines.add(45, () => ran.push('other'));
  const self = deadlines.add(10, () => {
    ran.push('self');
    deadlines.remove(self);
    deadlines.remove(other);
    deadlines.add(10, () => ran.push('later'));
  });
  clock.advanceTo(200);
  expect(ran).toEqual(['self', 'later']);
});
