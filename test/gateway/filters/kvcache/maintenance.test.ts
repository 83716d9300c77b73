import { describe, expect, it } from 'vitest';
import {
  chat,
  eventually,
  type Rig,
  type Script,
  rigOf,
  wordEngine,
} from '../../../helpers/routing-rig.ts';

/** A controller to which engine b holds three tokens of everything. */
const controller: Script = () => ({
  json: { event_id: 'x-1', num_tokens: 1, layout_info: { 'engine-b': { '0': 'ram', '1': 3 } } },
});

const callsOf = (rig: Rig, path: string) =>
  rig.controller.calls.filter((call) => call.path === path);
const tokensOf = (call: { json: Record<string, unknown> }): number =>
  (call.json['tokens'] as []).length;

const strategy = {
  enable_compression: true,
  enable_pinning: true,
  enable_eviction: true,
  hot_content_threshold: 1,
  memory_threshold: 0.000001,
  load_threshold: 0.000001,
  pin_instance_id: 'engine-b',
  pin_location: 'ram',
  compress_instance_id: 'engine-b',
  compress_location: 'ram',
  compress_method: 'zstd',
  evict_instance_id: 'engine-a',
};

it('acts by the lookup that the request itself made', async () => {
  const rig = await rigOf({ controller, kvcache: { cache_strategy: strategy } });
  for (let request = 0; request < 3; request++) await rig.send(chat('a b c'));
  expect(await eventually(() => callsOf(rig, '/pin').length >= 1)).toBe(true);
  // All but the probe, which has no tokens.
  expect(callsOf(rig, '/lookup').filter((call) => tokensOf(call) > 0)).toHaveLength(3);
});

it('pins a prompt once, however often it comes at once', async () => {
  const cache_strategy = { ...strategy, enable_compression: false, enable_eviction: false };
  const rig = await rigOf({ controller, kvcache: { cache_strategy } });
  const outcomes = (outcome: string): number =>
    rig.metric('kvcache_cache_operations_total', { operation: 'pin', outcome }) ?? 0;
  await rig.send(chat('a b c'));
  expect(await eventually(() => outcomes('done') === 1)).toBe(true);
  await rig.send(chat('another one'));
  expect(await eventually(() => outcomes('done') === 2)).toBe(true);
  // On a busy machine one may come too late to be spared.
  for (let sent = 3; outcomes('spared') === 0 && sent < 20; sent++) {
    await rig.send(chat('a b c'));
    expect(await eventually(() => outcomes('spared') + outcomes('done') === sent)).toBe(true);
  }
  expect(outcomes('spared')).toBeGreaterThan(0);
  expect(callsOf(rig, '/pin')).toHaveLength(outcomes('done'));
});

it('never evicts the prompt just served, only the coldest others', async () => {
  const rig = await rigOf({ controller, kvcache: { cache_strategy: strategy } });
  await rig.send(chat('cold one'));
  await rig.send(chat('hot two and more'));
  expect(await eventually(() => callsOf(rig, '/evict').length > 0)).toBe(true);
  expect(callsOf(rig, '/evict').map(tokensOf)).toEqual([2]);
});

it('asks a controller without /evict once, and no breaker minds', async () => {
  const rig = await rigOf({
    kvcache: { cache_strategy: strategy, circuit_breaker: { failure_threshold: 1 } },
  });
  const refused = (): number =>
    rig.metric('kvcache_cache_operations_total', {
      operation: 'evict',
      outcome: 'unsupported',
    }) ?? 0;
  await rig.send(chat('prompt a'));
  await rig.send(chat('prompt b'));
  expect(await eventually(() => refused() > 0)).toBe(true);
  const [calls, before] = [callsOf(rig, '/evict').length, refused()];
  await rig.send(chat('prompt c'));
  expect(await eventually(() => refused() > before)).toBe(true);
  expect(callsOf(rig, '/evict')).toHaveLength(calls);
  expect(rig.metric('kvcache_breaker_state', { operation: 'evict' })).toBe(0);
  expect((await rig.send(chat('prompt e'))).decision.reason).toBe('hit');
});

describe('the memory threshold', () => {
  const engine: Script = (call) =>
    call.path === '/metrics' ? { text: 'vllm:kv_cache_usage_perc 0.95\n' } : wordEngine(call);
  const evicting = { ...strategy, enable_compression: false, enable_pinning: false };

  it("is compared with the engines' caches", async () => {
    const cache_strategy = { ...evicting, memory_threshold: 0.95 };
    const rig = await rigOf({ engine, controller, kvcache: { cache_strategy } });
    await rig.send(chat('cold one'));
    await rig.send(chat('another prompt'));
    expect(await eventually(() => callsOf(rig, '/evict').length === 1)).toBe(true);
  });
});
