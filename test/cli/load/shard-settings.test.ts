import { describe, expect, it } from 'vitest';
import type { LoadFlags } from '../../../src/cli/load/flags.ts';
import { loadSettings } from '../../../src/cli/load/settings.ts';
import { shardSettings } from '../../../src/cli/load/shard-settings.ts';

const SHARD = { shard: '1/4', runId: 'r', samples: 's.ndjson', barrierWait: 1_000 };

const settings = (flags: object) => shardSettings(flags as LoadFlags);

describe('the flags of a shard', () => {
  it('say which part, and where it meets the others', () => {
    expect(settings({ ...SHARD, barrier: 'http://h:7077', barrierListen: '7077' })).toEqual({
      shard: { index: 1, of: 4 },
      start: { kind: 'barrier', url: 'http://h:7077', waitMs: 1_000, listenAt: undefined },
    });
    expect(settings({ ...SHARD, startAt: '2026-07-01T12:00:00+02:00' })).toMatchObject({
      start: { kind: 'time', startAtMs: Date.UTC(2026, 6, 1, 10) },
    });
    expect(settings({})).toBeUndefined();
  });

  it.each([
    ['7077', '127.0.0.1'],
    [':7077', '127.0.0.1'],
    ['10.0.0.5:7077', '10.0.0.5'],
    ['0.0.0.0:7077', '0.0.0.0'],
  ])('have shard 0 serve the barrier at %s, on %s alone', (barrierListen, host) => {
    const flags = { ...SHARD, shard: '0/4', barrier: 'http://h:7077', barrierListen };
    expect(settings(flags)).toMatchObject({ start: { listenAt: { host, port: 7_077 } } });
  });

  it.each([
    ['a part there is not', { shard: '4/4' }, '--shard cannot be "4/4"'],
    ['a part that is no number', { shard: 'a/4' }, '--shard cannot be'],
    ['no run id', { runId: undefined }, '--shard needs --run-id'],
    ['no place for samples', { samples: undefined }, 'keeps its samples nowhere'],
    ['no start', { barrier: undefined }, 'does not say when to begin'],
    ['a time without a zone', { barrier: undefined, startAt: '2026-07-01T12:00:00' }, '--start-at'],
    ['no time', { barrier: undefined, startAt: 'soon' }, '--start-at cannot be "soon"'],
    ['a start without a shard', { shard: undefined, startAt: 'x' }, '--start-at needs --shard'],
    ['a barrier without a shard', { shard: undefined }, '--barrier needs --shard'],
  ])('are refused with %s', (_, changes, message) => {
    expect(() => settings({ ...SHARD, barrier: 'http://h:7077', ...changes })).toThrow(
      expect.objectContaining({ kind: 'usage', message: expect.stringContaining(message) }),
    );
  });
});

describe('the settings of a shard', () => {
  const of = (flags: object) => {
    const given = {
      threshold: [],
      slo: [],
      workload: 'unique',
      promptTokens: 64,
      arrivals: 'poisson',
      maxInFlight: 512,
      seed: 1,
      barrier: 'http://h:7077',
      ...SHARD,
      ...flags,
    };
    return loadSettings(given as unknown as LoadFlags, { cwd: '.', freshId: 'id' });
  };

  it('divide what is open at once, and leave the plan whole', () => {
    expect(of({ concurrency: 9 })).toMatchObject({ load: { concurrency: 2 }, requests: 960 });
    expect(of({ concurrency: 9, shard: '0/4' })).toMatchObject({ load: { concurrency: 3 } });
    expect(of({ rate: 40 })).toMatchObject({ load: { inFlightMax: 128 }, warmup: 80 });
  });

  it('refuse less than one for each', () => {
    expect(() => of({ concurrency: 3 })).toThrow('--concurrency 3 cannot be cut for 4 shards.');
  });
});
