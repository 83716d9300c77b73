import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';
import { TokenCache } from '../../../src/gateway/lookup/token-cache.ts';

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
    const large = { json: 'x'.repeat(8 * 1024 * 1024), count: 1 };
    for (let entry = 0; entry < 20; entry++) cache.set(`large ${entry}`, large);
    expect(cache.bytes).toBeLessThanOrEqual(64 * 1024 * 1024);
    expect(cache.size).toBeGreaterThan(0);
  });

  it('keeps nothing when it is off, and counts hits and misses', () => {
    const { cache } = cacheOf({ enabled: false });
    cache.set('a', tokens);
    expect(cache.get('a')).toBeUndefined();
    expect(cache).toMatchObject({ size: 0, hits: 0, misses: 1 });
  });
});
