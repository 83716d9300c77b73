import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../../src/base/virtual-clock.ts';
import type { CacheStrategyConfig } from '../../../../src/config/gateway-config.ts';
import { BackgroundQueue } from '../../../../src/gateway/filters/kvcache/background-queue.ts';
import { HotWindow } from '../../../../src/gateway/filters/kvcache/hot-window.ts';
import { decideOperations } from '../../../../src/gateway/filters/kvcache/strategy.ts';
import { TokenCache } from '../../../../src/gateway/lookup/token-cache.ts';

describe('the token cache', () => {
  const tokens = { json: '[1,2,3]', count: 3 };
  const cacheOf = (more: object = {}) => {
    const clock = new VirtualClock();
    const config = { enabled: true, maxSize: 3, ttlMs: 1_000, ...more };
    return { clock, cache: new TokenCache(config, () => clock.nowMs()) };
  };

  it('drops the least recently used beyond its size', () => {
    const { cache } = cacheOf();
    for (const key of ['a', 'b', 'c']) cache.set(key, tokens);
    cache.get('a');
    cache.set('d', tokens);
    expect(['a', 'b', 'c', 'd'].filter((key) => cache.peek(key))).toEqual(['a', 'c', 'd']);
    expect(cache.size).toBe(3);
  });

  it('forgets after its time to live, and never without one', () => {
    const { clock, cache } = cacheOf();
    const forever = cacheOf({ ttlMs: 0 });
    // The clock of a fresh process may stand at zero.
    clock.advanceBy(1);
    cache.set('a', tokens);
    forever.cache.set('a', tokens);
    clock.advanceBy(999);
    expect(cache.get('a')).toBe(tokens);
    clock.advanceBy(2);
    expect(cache.get('a')).toBeUndefined();
    forever.clock.advanceBy(1e9);
    expect(forever.cache.get('a')).toBe(tokens);
  });

  it('is bounded in bytes even where the entries are not', () => {
    const { cache } = cacheOf({ maxSize: 0 });
    const large = { json: 'x'.repeat(32 * 1024 * 1024), count: 1 };
    for (let entry = 0; entry < 20; entry++) cache.set(`large ${entry}`, large);
    expect(cache.bytes).toBeLessThanOrEqual(256 * 1024 * 1024);
    expect(cache.size).toBeGreaterThan(0);
  });

  it('keeps nothing when it is off, and counts hits and misses', () => {
    const { cache } = cacheOf({ enabled: false });
    cache.set('a', tokens);
    expect(cache.get('a')).toBeUndefined();
    expect(cache).toMatchObject({ size: 0, hits: 0, misses: 1 });
  });
});

describe('the hot window', () => {
  const windowOf = (more: object = {}) => {
    const clock = new VirtualClock();
    const config = { windowMs: 1_000, recordsMax: 3, keysMax: 2, ...more };
    return { clock, window: new HotWindow(config, () => clock.nowMs()) };
  };

  it('counts sightings within the window, up to its bound', () => {
    const { clock, window } = windowOf();
    expect([1, 2, 3, 4].map(() => window.record('a'))).toEqual([1, 2, 3, 3]);
    clock.advanceBy(1_001);
    expect(window.record('a')).toBe(1);
  });

  it('remembers the prompts seen last', () => {
    const { window } = windowOf();
    for (const key of ['a', 'b', 'a', 'c']) window.record(key);
    expect(window.coldest(10)).toEqual(['a', 'c']);
    expect(window.size).toBe(2);
  });

  it('forgets prompts that left the window', () => {
    const { clock, window } = windowOf();
    window.record('a');
    clock.advanceBy(1_001);
    window.record('b');
    expect(window.coldest(10)).toEqual(['b']);
  });
});

describe('the cache strategy', () => {
  const config: CacheStrategyConfig = {
    enableCompression: true,
    enablePinning: true,
    enableEviction: true,
    loadThreshold: 0.7,
    memoryThreshold: 0.8,
    hotContentThreshold: 3,
    pin: { instanceId: 'b', location: 'ram-b' },
    compress: { instanceId: 'b', location: 'ram-b', method: 'zstd' },
    evict: { instanceId: 'a' },
  };
  const calm = { seenCount: 1, load: 0.1, memory: 0.1, holder: undefined };
  const namesOf = (input: object, more: object = {}) =>
    decideOperations({ ...config, ...more }, { ...calm, ...input }).map(({ name }) => name);

  it('does nothing without need', () => {
    expect(namesOf({})).toEqual([]);
  });

  it('answers load, heat and memory each with its own operation', () => {
    expect(namesOf({ load: 0.7 })).toEqual(['compress']);
    expect(namesOf({ seenCount: 3 })).toEqual(['pin']);
    expect(namesOf({ memory: 0.9 })).toEqual(['evict']);
    expect(namesOf({ load: 1, seenCount: 9, memory: 1 })).toEqual(['compress', 'pin', 'evict']);
  });

  it('takes a threshold of 0 for off and an unknown load for no reason to act', () => {
    expect(namesOf({ seenCount: 9 }, { hotContentThreshold: 0 })).toEqual([]);
    expect(namesOf({ load: 1, memory: 1 }, { loadThreshold: 0, memoryThreshold: 0 })).toEqual([]);
    expect(namesOf({ load: undefined, memory: undefined })).toEqual([]);
  });

  it('pins where the prompt lies when the config leaves it open', () => {
    const open = { ...config, pin: { instanceId: '', location: '' } };
    const holder = { instanceId: 'c', location: 'LocalCPUBackend' };
    expect(decideOperations(open, { ...calm, seenCount: 3, holder })).toEqual([
      { name: 'pin', ...holder },
    ]);
    expect(decideOperations(open, { ...calm, seenCount: 3 })).toEqual([]);
  });
});

describe('the background queue', () => {
  const held = () => {
    let release = (): void => {};
    const promise = new Promise<void>((resolve) => (release = resolve));
    return { job: () => promise, release: () => release() };
  };

  it('runs a few at a time and drops what does not fit', async () => {
    const queue = new BackgroundQueue(1, 1);
    const [first, second] = [held(), held()];
    expect([queue.push(first.job), queue.push(second.job), queue.push(second.job)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(queue).toMatchObject({ size: 2, dropped: 1 });
    first.release();
    second.release();
    await queue.close(10_000);
    expect(queue.size).toBe(0);
    expect(queue.push(first.job)).toBe(false);
  });

  it('aborts what is left after the grace time', async () => {
    const queue = new BackgroundQueue(1, 10);
    let isAborted = false;
    queue.push(
      (signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            isAborted = true;
            resolve();
          });
        }),
    );
    await queue.close(1);
    expect(isAborted).toBe(true);
  });
});
