import { afterEach, describe, expect, it } from 'vitest';
import {
  arrayController,
  chat,
  eventually,
  type Rig,
  type RigOptions,
  type Script,
  startRig,
  wordEngine,
} from '../../../helpers/routing-rig.ts';

const rigs: Rig[] = [];
async function rigOf(options: RigOptions = {}): Promise<Rig> {
  const rig = await startRig(options);
  rigs.push(rig);
  return rig;
}
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig[Symbol.asyncDispose]()));
});

const STRICT = { extension: { compat: 'strict' } };
const toyLayout = (layout: Record<string, number>) =>
  Object.fromEntries(Object.entries(layout).map(([id, count]) => [id, { '0': 'ram', '1': count }]));
const toy =
  (layout: Record<string, number>): Script =>
  () => ({ json: { event_id: 'x-1', num_tokens: 1, layout_info: toyLayout(layout) } });

const pathsOf = (rig: Rig) => rig.controller.calls.map(({ path }) => path);
const isCached = (rig: Rig, entries = 1) =>
  eventually(() => rig.metric('kvcache_token_cache_entries') === entries);
const strategy = {
  cache_strategy: {
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
  },
};

describe('layout_info as arrays', () => {
  const controller = arrayController({ 'engine-b': ['LocalCPUBackend', 4] });

  it('fixed: routes', async () => {
    const rig = await rigOf({ controller });
    expect((await rig.send(chat('a b c'))).decision.reason).toBe('hit');
  });

  it('strict: never routes, and the decode errors open the one breaker of all operations', async () => {
    const rig = await rigOf({ ...STRICT, controller, kvcache: { ...strategy } });
    await rig.send(chat('a b c'));
    expect(await isCached(rig)).toBe(true);
    const reasons = new Set<string>();
    for (let request = 0; request < 4; request++) {
      const { decision } = await rig.send(chat('a b c'));
      reasons.add(decision.reason);
      expect(decision.endpointId).toBeUndefined();
    }
    expect([...reasons]).toContain('breaker-open');
    expect(rig.metric('kvcache_breaker_state', { operation: 'pin' })).toBe(2);
    expect(pathsOf(rig)).not.toContain('/pin');
  });
});

describe('which requests are routed', () => {
  const controller = toy({ 'engine-b': 9 });

  it('strict: never the first, only an exact repeat', async () => {
    const rig = await rigOf({ ...STRICT, controller });
    const first = await rig.send(chat('one two three'));
    expect(first.decision).toMatchObject({ reason: 'token-cache-miss', endpointId: undefined });
    expect(await isCached(rig)).toBe(true);
    expect((await rig.send(chat('one two three'))).decision.endpointId).toBe('engine-b');
    const longer = {
      model: 'm',
      messages: [
        { role: 'user', content: 'one two three' },
        { role: 'user', content: 'four' },
      ],
    };
    expect((await rig.send(longer)).decision.reason).toBe('token-cache-miss');
  });

  it('strict: none without the token cache; fixed: all the same', async () => {
    const off = { controller, kvcache: { token_cache: { enabled: false } } };
    const strict = await rigOf({ ...STRICT, ...off });
    for (let request = 0; request < 3; request++) {
      expect((await strict.send(chat('x y'))).decision.reason).toBe('token-cache-miss');
    }
    const fixed = await rigOf(off);
    expect((await fixed.send(chat('x y'))).decision.endpointId).toBe('engine-b');
  });
});

describe('the key of the token cache', () => {
  const asUser = { model: 'm', messages: [{ role: 'user', content: 'same text' }] };
  const asSystem = { model: 'm', messages: [{ role: 'system', content: 'same text' }], tools: [] };
  const tokenizations = (rig: Rig) => rig.engine.calls.filter(({ path }) => path === '/tokenize');

  it('fixed: chats that differ in roles or tools are tokenized apart', async () => {
    const rig = await rigOf();
    await rig.send(asUser);
    await rig.send(asSystem);
    expect(tokenizations(rig)).toHaveLength(2);
  });

  it('strict: they collide, and one is looked up with the tokens of the other', async () => {
    const rig = await rigOf({ ...STRICT, controller: toy({ 'engine-b': 9 }) });
    await rig.send(asUser);
    expect(await isCached(rig)).toBe(true);
    expect((await rig.send(asSystem)).decision.reason).toBe('hit');
    expect(tokenizations(rig)).toHaveLength(1);
  });

  it('array contents: fixed routes them, strict does nothing at all', async () => {
    const parts = {
      model: 'm',
      messages: [{ role: 'user', content: [{ type: 'text', text: 'hi you' }] }],
    };
    const fixed = await rigOf();
    expect((await fixed.send(parts)).decision.reason).toBe('hit');
    const strict = await rigOf({ ...STRICT, controller: toy({ 'engine-b': 9 }) });
    expect((await strict.send(parts)).decision.reason).toBe('no-prompt');
    expect(strict.engine.calls).toEqual([]);
  });
});

describe('background work of a request that is over', () => {
  const slow = (): { engine: Script; answer: () => void } => {
    let answer = (): void => {};
    const isAnswered = new Promise<void>((resolve) => (answer = resolve));
    const engine: Script = async (call) => {
      await isAnswered;
      return wordEngine(call) as { json: unknown };
    };
    return { engine, answer: () => answer() };
  };

  it('fixed: goes on and fills the cache', async () => {
    const { engine, answer } = slow();
    const rig = await rigOf({ engine, extension: { routing: { tokenize_timeout: '5ms' } } });
    (await rig.send(chat('a b'))).finish();
    answer();
    expect(await isCached(rig)).toBe(true);
  });

  it('strict: is cancelled, which the breaker takes for failures', async () => {
    const { engine } = slow();
    const rig = await rigOf({
      ...STRICT,
      engine,
      kvcache: { circuit_breaker: { failure_threshold: 2 } },
    });
    for (const text of ['a b', 'c d']) {
      const sent = await rig.send(chat(text));
      expect(
        await eventually(() =>
          rig.engine.calls.some(({ json }) => JSON.stringify(json).includes(text)),
        ),
      ).toBe(true);
      sent.finish();
    }
    const isOpen = (): boolean =>
      rig.metric('kvcache_breaker_state', { operation: 'tokenize' }) === 2;
    expect(await eventually(isOpen)).toBe(true);
    expect(rig.metric('kvcache_token_cache_entries')).toBe(0);
  });
});

describe('equal and empty matches', () => {
  it('fixed: the smallest id among equals, nothing for a count of zero', async () => {
    const rig = await rigOf({ controller: toy({ 'engine-b': 3, 'engine-a': 3 }) });
    expect((await rig.send(chat('a b c'))).decision).toMatchObject({
      reason: 'tie',
      endpointId: 'engine-a',
    });
    rig.controller.script = toy({ 'engine-b': 0 });
    expect((await rig.send(chat('d e f'))).decision).toMatchObject({
      reason: 'no-holder',
      endpointId: undefined,
    });
  });

  it('strict: an arbitrary one among equals, and a count of zero steers', async () => {
    const rig = await rigOf({ ...STRICT, controller: toy({ 'engine-b': 3, 'engine-a': 3 }) });
    await rig.send(chat('a b c'));
    expect(await isCached(rig)).toBe(true);
    const chosen = new Set<string | undefined>();
    for (let request = 0; request < 30; request++) {
      chosen.add((await rig.send(chat('a b c'))).decision.endpointId);
    }
    expect(chosen).toEqual(new Set(['engine-a', 'engine-b']));
    rig.controller.script = toy({ 'engine-b': 0 });
    expect((await rig.send(chat('a b c'))).decision.endpointId).toBe('engine-b');
  });
});

describe('lookups', () => {
  it('fixed: one per request, its result serves the background work too', async () => {
    const rig = await rigOf({ controller: toy({ 'engine-b': 3 }), kvcache: strategy });
    for (let request = 0; request < 3; request++) await rig.send(chat('a b c'));
    expect(await eventually(() => pathsOf(rig).filter((path) => path === '/pin').length >= 1)).toBe(
      true,
    );
    const lookups = rig.controller.calls.filter(
      ({ path, json }) => path === '/lookup' && (json['tokens'] as []).length > 0,
    );
    expect(lookups).toHaveLength(3);
  });

  it('strict: another one in the background for every request', async () => {
    const rig = await rigOf({ ...STRICT, controller: toy({ 'engine-b': 3 }), kvcache: strategy });
    await rig.send(chat('a b c'));
    expect(await eventually(() => pathsOf(rig).includes('/evict'))).toBe(true);
    expect(pathsOf(rig).filter((path) => path === '/lookup')).toHaveLength(1);
    await rig.send(chat('a b c'));
    expect(
      await eventually(() => pathsOf(rig).filter((path) => path === '/evict').length === 2),
    ).toBe(true);
    expect(pathsOf(rig).filter((path) => path === '/lookup')).toHaveLength(3);
  });
});

describe('eviction and compression', () => {
  it('fixed: never act on the prompt just served, only on the coldest others', async () => {
    const rig = await rigOf({ controller: toy({ 'engine-b': 3 }), kvcache: strategy });
    await rig.send(chat('cold one'));
    await rig.send(chat('hot two and more'));
    expect(await eventually(() => pathsOf(rig).includes('/evict'))).toBe(true);
    const evicted = rig.controller.calls.filter(({ path }) => path === '/evict');
    expect(evicted.map(({ json }) => (json['tokens'] as []).length)).toEqual([2]);
  });

  it('strict: act on the prompt just served, after its pin', async () => {
    const rig = await rigOf({ ...STRICT, controller: toy({ 'engine-b': 3 }), kvcache: strategy });
    await rig.send(chat('just served now'));
    expect(await eventually(() => pathsOf(rig).includes('/evict'))).toBe(true);
    expect(pathsOf(rig)).toEqual(['/lookup', '/pin', '/evict']);
    expect((rig.controller.calls.at(-1)!.json['tokens'] as []).length).toBe(3);
  });

  it('fixed: a controller without /evict costs one call and no breaker', async () => {
    const rig = await rigOf({
      kvcache: { ...strategy, circuit_breaker: { failure_threshold: 1 } },
    });
    const refused = (): number =>
      rig.metric('kvcache_cache_operations_total', {
        operation: 'evict',
        outcome: 'unsupported',
      }) ?? 0;
    await rig.send(chat('prompt a'));
    await rig.send(chat('prompt b'));
    expect(await eventually(() => refused() > 0)).toBe(true);
    const [calls, before] = [pathsOf(rig).filter((path) => path === '/evict').length, refused()];
    await rig.send(chat('prompt c'));
    expect(await eventually(() => refused() > before)).toBe(true);
    expect(pathsOf(rig).filter((path) => path === '/evict')).toHaveLength(calls);
    expect(rig.metric('kvcache_breaker_state', { operation: 'evict' })).toBe(0);
    expect((await rig.send(chat('prompt e'))).decision.reason).toBe('hit');
  });

  it('strict: its 404 closes the way for lookups too', async () => {
    const noEvict: Script = (call) =>
      call.path === '/evict' ? { status: 404, json: {} } : toy({ 'engine-b': 3 })(call);
    const rig = await rigOf({
      ...STRICT,
      controller: noEvict,
      kvcache: { ...strategy, circuit_breaker: { failure_threshold: 1 } },
    });
    await rig.send(chat('a b c'));
    expect(await eventually(() => pathsOf(rig).includes('/evict'))).toBe(true);
    const isOpen = (): boolean =>
      rig.metric('kvcache_breaker_state', { operation: 'lookup' }) === 2;
    expect(await eventually(isOpen)).toBe(true);
    expect((await rig.send(chat('a b c'))).decision.reason).toBe('breaker-open');
  });
});

describe('thresholds of load', () => {
  const full: Script = (call) =>
    call.path === '/metrics' ? { text: 'vllm:kv_cache_usage_perc 0.95\n' } : wordEngine(call);
  const evicting = {
    cache_strategy: {
      ...strategy.cache_strategy,
      enable_compression: false,
      enable_pinning: false,
    },
  };
  const strict = { compat_overrides: { load_signal: 'strict' } };
  const evictions = (rig: Rig) => pathsOf(rig).filter((path) => path === '/evict').length;
  const over = (memory_threshold: number) => ({
    cache_strategy: { ...evicting.cache_strategy, memory_threshold },
  });

  it("fixed: are compared with the engines' caches", async () => {
    const rig = await rigOf({
      engine: full,
      controller: toy({ 'engine-b': 3 }),
      kvcache: over(0.95),
    });
    await rig.send(chat('cold one'));
    await rig.send(chat('another prompt'));
    expect(await eventually(() => evictions(rig) === 1)).toBe(true);
  });

  it("strict: are compared with the gateway's own heap, the engines are not asked", async () => {
    const rig = await rigOf({
      engine: full,
      controller: toy({ 'engine-b': 3 }),
      kvcache: over(0.000001),
      extension: strict,
    });
    await rig.send(chat('cold one'));
    await rig.send(chat('another prompt'));
    expect(await eventually(() => evictions(rig) === 1)).toBe(true);
    expect(rig.engine.calls.map(({ path }) => path)).not.toContain('/metrics');
  });
});

describe('a controller that is not there', () => {
  const patience = {
    lookup_routing_timeout: '200ms',
    retry: { max_attempts: 3, base_backoff: '150ms', max_backoff: '2s' },
  };

  it('strict: every routed request sits out its budget; fixed: none waits', async () => {
    const strict = await rigOf({ ...STRICT, kvcache: patience });
    await strict.send(chat('a b c'));
    expect(await isCached(strict)).toBe(true);
    await strict.controller.close();
    expect((await strict.send(chat('a b c'))).tookMs).toBeGreaterThanOrEqual(199);
    const fixed = await rigOf({ kvcache: { ...patience, lookup_routing_timeout: '60s' } });
    await fixed.controller.close();
    expect((await fixed.send(chat('a b c'))).tookMs).toBeLessThan(10_000);
  });
});

describe('what one request knows', () => {
  it('never steers the next one', async () => {
    const rig = await rigOf({ controller: arrayController({ 'engine-b': ['x', 3] }) });
    expect((await rig.send(chat('a b c'))).decision.endpointId).toBe('engine-b');
    expect((await rig.send({ model: 'm' })).decision.endpointId).toBeUndefined();
  });
});
