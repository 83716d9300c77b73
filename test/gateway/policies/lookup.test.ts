import { describe, expect, it } from 'vitest';
import { arrayController, chat, eventually, type Rig, rigOf } from '../../helpers/routing-rig.ts';

const callsOf = (server: Rig['controller'], path: string) =>
  server.calls.filter((call) => call.path === path);

/** What the sample's controller answers, in its own shape. */
const toyController = (call: { path: string; json: Record<string, unknown> }) => {
  if (call.path === '/health') return { json: { ok: true, component: 'mock-controller' } };
  const n = (call.json['tokens'] as unknown[] | undefined)?.length ?? 0;
  const layout = {
    'engine-a': { '0': 'ram-a', '1': Math.max(1, Math.floor(n / 2)) },
    'engine-b': { '0': 'ram-b', '1': n + 3 },
  };
  return { json: { event_id: 'lookup-1', layout_info: layout, num_tokens: n } };
};

describe('routing by lookup', () => {
  it('routes the first request already, and its repeat from the token cache', async () => {
    const rig = await rigOf();
    const first = await rig.send(chat('one two three four five'));
    const second = await rig.send(chat('one two three four five'));
    expect(first.decision).toMatchInlineSnapshot(`
      {
        "endpointId": "engine-b",
        "policy": "lookup",
        "predictedCachedTokens": 4,
        "promptTokens": 5,
        "reason": "hit",
      }
    `);
    expect(second.decision).toEqual(first.decision);
    expect(callsOf(rig.engine, '/tokenize')).toHaveLength(1);
  });

  it("holds the sample's flow: tokenize, two lookups, a pin, the repeat on the preferred engine", async () => {
    const rig = await rigOf({
      controller: toyController,
      kvcache: {
        cache_strategy: {
          enable_pinning: true,
          hot_content_threshold: 1,
          pin_instance_id: 'engine-b',
          pin_location: 'ram-b',
        },
      },
    });
    await rig.send(chat('hello from the sample'));
    const second = await rig.send(chat('hello from the sample'));
    expect(second.decision).toMatchObject({ endpointId: 'engine-b', reason: 'hit' });
    expect(await eventually(() => callsOf(rig.controller, '/pin').length >= 1)).toBe(true);
    expect(callsOf(rig.controller, '/pin')[0]!.json).toMatchObject({
      instance_id: 'engine-b',
      location: 'ram-b',
    });
    const lookups = callsOf(rig.controller, '/lookup').filter(
      ({ json }) => (json['tokens'] as unknown[]).length > 0,
    );
    expect(lookups.length).toBeGreaterThanOrEqual(2);
  });

  it('needs no token cache', async () => {
    const rig = await rigOf({ kvcache: { token_cache: { enabled: false } } });
    for (let request = 0; request < 2; request++) {
      expect((await rig.send(chat('x y'))).decision.endpointId).toBe('engine-b');
    }
  });

  it('tokenizes chats apart that differ in roles or tools', async () => {
    const rig = await rigOf();
    await rig.send({ model: 'm', messages: [{ role: 'user', content: 'same' }] });
    await rig.send({ model: 'm', messages: [{ role: 'system', content: 'same' }], tools: [] });
    expect(callsOf(rig.engine, '/tokenize')).toHaveLength(2);
  });

  it('never lets what one request knows steer the next', async () => {
    const rig = await rigOf();
    expect((await rig.send(chat('a b c'))).decision.endpointId).toBe('engine-b');
    expect((await rig.send({ model: 'm' })).decision.endpointId).toBeUndefined();
  });

  it('says so when the holder is no endpoint of the cluster', async () => {
    const rig = await rigOf({ controller: arrayController({ stranger: ['LocalCPUBackend', 4] }) });
    const { decision } = await rig.send(chat('a b c d e'));
    expect(decision).toMatchObject({ reason: 'unknown-instance', endpointId: undefined });
  });
});
