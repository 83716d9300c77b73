import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { ControllerClient } from '../../../src/net/controller/controller-client.ts';
import type { Dialect } from '../../../src/protocol/lmcache.ts';
import {
  arrayController,
  type Script,
  type ScriptedServer,
  startScripted,
} from '../../helpers/routing-rig.ts';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((it) => it.close()));
});

async function setUp(
  script: Script,
  dialect: Dialect | 'auto' = 'auto',
): Promise<{ server: ScriptedServer; client: ControllerClient }> {
  const server = await startScripted(script);
  const client = new ControllerClient({
    baseUrl: server.url,
    clock: systemClock,
    dialect,
    detectTimeoutMs: 2_000,
    connectionsMax: 0,
  });
  opened.push(client, server);
  return { server, client };
}

const prompt = { tokens: { json: '[1,2,3]', count: 3 }, model: 'm', cacheSalt: '' };
const budget = { timeoutMs: 2_000 };
const legacy = arrayController({ 'engine-b': ['LocalCPUBackend', 256] });
const toy: Script = ({ path }) =>
  path === '/health'
    ? { json: { ok: true, component: 'mock-controller' } }
    : { json: { event_id: 'x-1', num_tokens: 3, layout_info: { b: { '0': 'ram-b', '1': 6 } } } };
const coordinator: Script = ({ path }) => {
  if (path === '/healthz') return { json: { status: 'healthy' } };
  if (path === '/instances') return { json: { instances: [] } };
  if (path.startsWith('/directory/keys')) return { json: { total: 0, keys: [] } };
  if (path === '/directory/lookup') {
    const key = { chunk_hash_hex: 'ab', model_name: 'm', kv_rank: 0 };
    const placements = [{ instance_id: 'engine-b', tier: 'l1', backend: 'dram' }];
    return { json: { chunks: 1, results: [{ key, placements }] } };
  }
  if (path === '/cache/pins') return { json: { requested: 1, affected: 1, status: 'pinned' } };
  return { status: 404, json: { detail: 'Not Found' } };
};

const errorOf = async (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'no error',
    (error: { code?: string }) => error.code,
  );

describe('finding out the dialect', () => {
  it.each([
    ['legacy', legacy],
    ['toy', toy],
    ['coordinator', coordinator],
  ] as const)('recognises %s', async (dialect, script) => {
    const { client } = await setUp(script);
    expect(client.dialect).toBe('unknown');
    expect((await client.detect()).dialect).toBe(dialect);
    expect(client.dialect).toBe(dialect);
  });

  it('changes nothing on the server: reads, and at most a lookup of no tokens', async () => {
    for (const script of [legacy, toy, coordinator]) {
      const { client, server } = await setUp(script);
      await client.detect();
      const writes = server.calls.filter(({ method, json }) => {
        return method !== 'GET' && JSON.stringify(json) !== '{"tokens":[]}';
      });
      expect(writes).toEqual([]);
    }
  });

  it("does not count as a lookup on the sample's controller", async () => {
    const { client, server } = await setUp(toy);
    await client.detect();
    expect(server.calls.map(({ path }) => path)).not.toContain('/lookup');
  });

  it('is done once for callers that come together', async () => {
    const { client, server } = await setUp(legacy);
    await Promise.all(Array.from({ length: 5 }, () => client.lookup(prompt, budget)));
    expect(server.calls.filter(({ path }) => path === '/healthz')).toHaveLength(1);
  });

  it('names a server that is no controller', async () => {
    const { client } = await setUp(() => ({ json: { object: 'list', data: [] } }));
    expect(await errorOf(client.lookup(prompt, budget))).toBe('CONTROLLER_WRONG_DIALECT');
    expect(client.dialect).toBe('wrong');
  });

  it("does not take the sample's engine for its controller", async () => {
    const { client } = await setUp(({ path }) =>
      path === '/health' ? { json: { ok: true, engine: 'mock-llm-a' } } : { status: 404 },
    );
    expect(await errorOf(client.lookup(prompt, budget))).toBe('CONTROLLER_WRONG_DIALECT');
  });

  it('leaves such a server alone for a while', async () => {
    const { client, server } = await setUp(() => ({ text: '<html>' }));
    await errorOf(client.lookup(prompt, budget));
    const calls = server.calls.length;
    expect(await errorOf(client.lookup(prompt, budget))).toBe('CONTROLLER_WRONG_DIALECT');
    expect(server.calls).toHaveLength(calls);
  });

  it('keeps no call waiting longer than the call can wait', async () => {
    const { client } = await setUp(() => 'hang');
    const startedMs = performance.now();
    expect(await errorOf(client.lookup(prompt, { timeoutMs: 50 }))).toBe('TIMEOUT');
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });

  it.each([
    ['legacy', 'coordinator'],
    ['coordinator', 'legacy'],
  ] as const)('follows a %s server that is replaced by a %s one', async (before, after) => {
    const scripts = { legacy, coordinator };
    const { client, server } = await setUp(scripts[before]);
    await client.lookup(prompt, budget);
    server.script = scripts[after];
    expect(await errorOf(client.lookup(prompt, budget))).toBe('CONTROLLER_WRONG_DIALECT');
    await client.lookup(prompt, budget);
    expect(client.dialect).toBe(after);
  });

  it('follows a server that is replaced by another kind', async () => {
    const { client, server } = await setUp(legacy);
    await client.lookup(prompt, budget);
    server.script = toy;
    expect(await errorOf(client.lookup(prompt, budget))).toBe('CONTROLLER_WRONG_DIALECT');
    expect((await client.lookup(prompt, budget)).holdings[0]?.instanceId).toBe('b');
    expect(client.dialect).toBe('toy');
  });

  it('tells a server that only fails from one of a wrong dialect', async () => {
    const { client } = await setUp(() => ({ status: 500, json: { detail: '' } }));
    expect(await errorOf(client.lookup(prompt, budget))).toBe('CONTROLLER_ERROR');
    expect(client.dialect).toBe('unknown');
  });
});

describe('a dialect set by the config', () => {
  it('is not probed, and another wire is refused', async () => {
    const { client, server } = await setUp(legacy, 'toy');
    expect(await errorOf(client.lookup(prompt, budget))).toBe('CONTROLLER_WRONG_DIALECT');
    expect(server.calls.map(({ path }) => path)).toEqual(['/lookup']);
  });
});

describe('operations', () => {
  const pin = { name: 'pin', instanceId: 'engine-b', location: 'LocalCPUBackend' } as const;

  it('are sent with the tokens as they were tokenized', async () => {
    const { client, server } = await setUp(legacy);
    expect(await client.apply(pin, prompt, budget)).toBe(1);
    expect(server.calls.at(-1)).toMatchObject({
      path: '/pin',
      json: { instance_id: 'engine-b', location: 'LocalCPUBackend', tokens: [1, 2, 3] },
    });
  });

  it('that the server lacks are called once and then no more', async () => {
    const { client, server } = await setUp(legacy);
    const evict = { name: 'evict', instanceId: 'engine-b' } as const;
    for (let round = 0; round < 3; round++) {
      expect(await errorOf(client.apply(evict, prompt, budget))).toBe('CONTROLLER_UNSUPPORTED');
    }
    expect(server.calls.filter(({ path }) => path === '/evict')).toHaveLength(1);
  });

  it("use the coordinator's own paths", async () => {
    const { client, server } = await setUp(coordinator);
    expect(await client.apply(pin, prompt, budget)).toBe(3);
    expect(server.calls.at(-1)).toMatchObject({
      path: '/cache/pins',
      json: { model_name: 'm', world_size: 1, token_ids: [1, 2, 3], cache_salt: '' },
    });
    const compress = { ...pin, name: 'compress', method: 'zstd' } as const;
    expect(await errorOf(client.apply(compress, prompt, budget))).toBe('CONTROLLER_UNSUPPORTED');
  });

  it('tell a rejection from a failure', async () => {
    const { client, server } = await setUp(legacy, 'legacy');
    server.script = () => ({ status: 500, json: { detail: '' } });
    expect(await errorOf(client.apply(pin, prompt, budget))).toBe('CONTROLLER_ERROR');
    server.script = () => ({ status: 422, json: { detail: [{ type: 'missing' }] } });
    expect(await errorOf(client.apply(pin, prompt, budget))).toBe('CONTROLLER_REJECTED');
  });
});

describe('time and network', () => {
  it('bounds a call that is never answered', async () => {
    const { client, server } = await setUp(legacy, 'legacy');
    server.script = () => 'hang';
    expect(await errorOf(client.lookup(prompt, { timeoutMs: 30 }))).toBe('TIMEOUT');
  });

  it('ends a call whose caller gives up', async () => {
    const { client, server } = await setUp(legacy, 'legacy');
    const abort = new AbortController();
    server.script = () => {
      abort.abort(new Error('gone'));
      return 'hang';
    };
    const call = client.lookup(prompt, { ...budget, signal: abort.signal });
    await expect(call).rejects.toThrow('gone');
  });

  it('says when the server is not there or hangs up', async () => {
    const { client, server } = await setUp(legacy, 'legacy');
    server.script = () => 'reset';
    expect(await errorOf(client.lookup(prompt, budget))).toBe('UNREACHABLE');
    await server.close();
    expect(await errorOf(client.lookup(prompt, budget))).toBe('UNREACHABLE');
  });
});

it.each(['auto', 'toy', 'coordinator'] as const)(
  'without a URL says so, asked as %s',
  async (dialect) => {
    const options = { baseUrl: '', clock: systemClock, detectTimeoutMs: 100, connectionsMax: 0 };
    const client = new ControllerClient({ ...options, dialect });
    opened.push(client);
    const pin = { name: 'pin', instanceId: 'a', location: 'b' } as const;
    const calls = [
      client.detect(),
      client.lookup(prompt, budget),
      client.apply(pin, prompt, budget),
    ];
    expect(await Promise.all(calls.map(errorOf))).toEqual(Array(3).fill('NO_CONTROLLER'));
    expect(client.dialect).toBe('unknown');
  },
);
