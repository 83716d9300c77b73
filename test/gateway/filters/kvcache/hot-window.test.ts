import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../../src/base/virtual-clock.ts';
import { HotWindow } from '../../../../src/gateway/filters/kvcache/hot-window.ts';

describe('the hot window', () => {
  const windowOf = (more: object = {}) => {
    const clock = new VirtualClock();
    const config = { hotWindowMs: 1_000, hotMaxRecords: 3, hotMaxKeys: 2, ...more };
    return { clock, window: new HotWindow(config, () => clock.nowMs()) };
  };

  it('counts sightings within the window, up to its bound', () => {
    const { clock, window } = windowOf();
    expect([1, 2, 3, 4].map(() => window.record('a'))).toEqual([1, 2, 3, 3]);
    clock.advanceBy(1_001);
    expect(window.record('a')).toBe(1);
  });

  it('remembers the prompts seen last, of which the last is never cold', () => {
    const { window } = windowOf();
    for (const key of ['a', 'b', 'a', 'c']) window.record(key);
    expect(window.coldest(10)).toEqual(['a']);
    expect([window.record('a'), window.record('b')]).toEqual([3, 1]);
  });

  it('forgets prompts that left the window', () => {
    const { clock, window } = windowOf();
    window.record('a');
    clock.advanceBy(1_001);
    window.record('b');
    expect(window.coldest(10)).toEqual([]);
    expect(window.record('a')).toBe(1);
  });
});
