import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadSettings } from '../../../src/cli/load/settings.ts';
import type { LoadFlags } from '../../../src/cli/load/flags.ts';

function settings(flags: Partial<LoadFlags>) {
  const given = {
    threshold: [],
    slo: [],
    maxErrorRate: 0.05,
    workload: 'unique',
    promptTokens: 64,
    arrivals: 'poisson',
    maxInFlight: 512,
    seed: 1,
    ...flags,
  };
  return loadSettings(given as unknown as LoadFlags, { cwd: '.', freshId: 'id' });
}

it('does not take an objective that nothing would look at', () => {
  expect(() => settings({ concurrency: 1, slo: ['ttft.p95 < 1s'] })).toThrow('--slo needs --find.');
});

it('knows how long a schedule is that ends by itself, and of no other', () => {
  expect(settings({ stages: '10s:10,20s:40' }).spanMs).toBe(30_000);
  expect(settings({ rate: 5 }).spanMs).toBeUndefined();
  expect(settings({ concurrency: 2 })).toMatchObject({ spanMs: undefined, requests: 960 });
});

describe('the warm-up', () => {
  it.each([
    ['two per connection', { concurrency: 4 }, 8, 4],
    ['at most 64', { concurrency: 100 }, 64, 64],
    ['as asked', { concurrency: 4, warmup: 3 }, 3, 3],
  ])('of a closed loop sends %s', (_, flags, warmup, concurrency) => {
    expect(settings(flags)).toMatchObject({
      warmup,
      warmupLoad: { kind: 'closed', concurrency },
    });
  });

  it.each([
    ['3 per second', { rate: 3 }, 6, 2000],
    ['a fraction', { rate: 0.2 }, 1, 5000],
    ['at most 64', { rate: 1000 }, 64, 64],
    ['the mean of its stages', { stages: '10s:10,10s:10,10s:0' }, 14, 2100],
  ])('of an open loop keeps the rate asked for: %s', (_, flags, warmup, spanMs) => {
    const { warmup: requests, warmupLoad } = settings(flags);
    expect(requests).toBe(warmup);
    const pacer = warmupLoad.kind === 'open' ? warmupLoad.pacer : undefined;
    expect(pacer!(requests)).toBeCloseTo(spanMs, 6);
  });

  it('of a trace sends no more than the trace has', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kvcache-settings-'));
    const trace = join(folder, 'trace.jsonl');
    await writeFile(trace, '{"timestamp": 0, "input_length": 10, "output_length": 1}\n');
    expect(settings({ trace, speed: 1 })).toMatchObject({ warmup: 1 });
  });
});
