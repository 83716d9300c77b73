import { expect, it } from 'vitest';
import { VirtualClock } from '../../../../src/base/virtual-clock.ts';
import { RecentOperations } from '../../../../src/gateway/filters/kvcache/recent-operations.ts';

const pin = { name: 'pin', instanceId: 'a', location: 'ram' } as const;
const evict = { name: 'evict', instanceId: 'a' } as const;

it('knows what was done to a prompt, where, for half a second', () => {
  const clock = new VirtualClock();
  const recent = new RecentOperations(() => clock.nowMs());
  recent.add(pin, 'prompt');
  clock.advanceBy(499);
  expect(recent.has(pin, 'prompt')).toBe(true);
  expect(recent.has(pin, 'other')).toBe(false);
  expect(recent.has({ ...pin, instanceId: 'b' }, 'prompt')).toBe(false);
  expect(recent.has({ ...pin, name: 'compress', method: 'zstd' }, 'prompt')).toBe(false);
  clock.advanceBy(1);
  expect(recent.has(pin, 'prompt')).toBe(false);
});

it('takes an evicted prompt for neither pinned nor evicted: it may come again', () => {
  const recent = new RecentOperations(() => 0);
  recent.add(pin, 'prompt');
  recent.add(evict, 'prompt');
  expect(recent.has(evict, 'prompt')).toBe(false);
  expect(recent.has(pin, 'prompt')).toBe(false);
});
