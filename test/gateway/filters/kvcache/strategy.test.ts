import { describe, expect, it } from 'vitest';
import type { CacheStrategyConfig } from '../../../../src/config/gateway-config.ts';
import { decideOperations } from '../../../../src/gateway/filters/kvcache/strategy.ts';

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
