import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';
import { ControllerClient } from '../../../src/net/controller/controller-client.ts';
import type { DirectoryNames } from '../../../src/net/controller/dialect.ts';
import type { Json } from '../../helpers/mock-fleet.ts';
import { type Script, type ScriptedServer, startScripted } from '../../helpers/routing-rig.ts';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((it) => it.close()));
});

interface Stored {
  model: string;
  rank: number;
}

/** A coordinator whose directory has those keys, and for any lookup one chunk of `engine-b`. */
function coordinatorWith(stored: readonly Stored[]): Script {
  const keys = stored.map(({ model, rank }) => ({ key: { model_name: model, kv_rank: rank } }));
  const placements = [{ instance_id: 'engine-b', tier: 'l1', backend: 'dram' }];
  return ({ path }) => {
    if (path.startsWith('/directory/keys')) {
      const offset = Number(new URL(path, 'http://x').searchParams.get('offset'));
      return { json: { total: keys.length, keys: keys.slice(offset, offset + 500) } };
    }
    if (path !== '/directory/lookup') return { status: 404, json: { detail: 'Not Found' } };
    return { json: { chunks: 1, results: [{ key: { chunk_hash_hex: '0' }, placements }] } };
  };
}

async function setUp(
  script: Script,
  names: DirectoryNames = {},
): Promise<{ server: ScriptedServer; client: ControllerClient; clock: VirtualClock }> {
  const server = await startScripted(script);
  const clock = new VirtualClock();
  const client = new ControllerClient({
    baseUrl: server.url,
    clock,
    dialect: 'coordinator',
    detectTimeoutMs: 2_000,
    connectionsMax: 0,
    names,
  });
  opened.push(client, server);
  return { server, client, clock };
}

const ids = Array.from({ length: 300 }, (_, index) => index);
const prompt = { tokens: { json: JSON.stringify(ids), count: 300 }, model: 'tiny', cacheSalt: 's' };
const budget = { timeoutMs: 2_000 };
const lookupsTo = (server: ScriptedServer): Json[] =>
  server.calls.filter(({ path }) => path === '/directory/lookup').map(({ json }) => json);
const ONE_RANK = 16_777_472;
const TWO_RANKS = [33_554_944, 33_620_481];

const errorOf = async (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'no error',
    (error: { code?: string }) => error.code,
  );

describe('a lookup', () => {
  it('names the model as the engine loaded it, and its ranks as they stored it', async () => {
    const stored = TWO_RANKS.map((rank) => ({ model: '/models/tiny', rank }));
    const names = { rootOf: async () => '/models/tiny' };
    const { client, server } = await setUp(coordinatorWith(stored), names);
    await client.lookup(prompt, budget);
    expect(lookupsTo(server)).toEqual([
      { model_name: '/models/tiny', world_size: 2, cache_salt: 's', token_ids: ids },
    ]);
  });

  it('asks for every size of deployment that stores the model', async () => {
    const stored = [ONE_RANK, ...TWO_RANKS].map((rank) => ({ model: 'tiny', rank }));
    const { client, server } = await setUp(coordinatorWith(stored));
    const { holdings } = await client.lookup(prompt, budget);
    expect(lookupsTo(server).map((it) => it.world_size)).toEqual([1, 2]);
    expect(holdings.map((it) => it.instanceId)).toEqual(['engine-b']);
  });

  it('finds a deployment that is not on the first page', async () => {
    const stored = [
      ...Array.from({ length: 1_200 }, () => ({ model: 'other', rank: ONE_RANK })),
      { model: 'tiny', rank: TWO_RANKS[0]! },
    ];
    const { client, server } = await setUp(coordinatorWith(stored));
    await client.lookup(prompt, budget);
    expect(lookupsTo(server)).toMatchObject([{ world_size: 2 }]);
  });

  it('of a model that has stored nothing is made all the same', async () => {
    const { client, server } = await setUp(coordinatorWith([]), { rootOf: async () => null });
    await client.lookup(prompt, budget);
    expect(lookupsTo(server)).toMatchObject([{ model_name: 'tiny', world_size: 1 }]);
  });

  it('asks nothing that the config says', async () => {
    const names = { model: '/given', worldSize: 4, rootOf: () => Promise.reject(new Error('no')) };
    const { client, server } = await setUp(coordinatorWith([]), names);
    await client.lookup(prompt, budget);
    expect(server.calls.map(({ path }) => path)).toEqual(['/directory/lookup']);
    expect(lookupsTo(server)).toMatchObject([{ model_name: '/given', world_size: 4 }]);
  });

  it('does not list keys for each of many models that nobody stores', async () => {
    const { client, server } = await setUp(coordinatorWith([{ model: 'a', rank: ONE_RANK }]));
    for (let index = 0; index < 20; index++) {
      await client.lookup({ ...prompt, model: `made-up-${index}` }, budget);
    }
    expect(server.calls.filter(({ path }) => path.startsWith('/directory/keys'))).toHaveLength(1);
  });

  it('of no tokens, or of more than can be asked, is not made', async () => {
    const { client, server } = await setUp(coordinatorWith([]));
    const none = { ...prompt, tokens: { json: '[]', count: 0 } };
    expect((await client.lookup(none, budget)).holdings).toEqual([]);
    const many = { ...prompt, tokens: { json: '[]', count: 1_000_001 } };
    expect(await errorOf(client.lookup(many, budget))).toBe('CONTROLLER_REJECTED');
    expect(server.calls).toEqual([]);
  });
});

describe('a coordinator without a directory', () => {
  const old: Script = ({ path }) =>
    path === '/instances'
      ? { json: { instances: [] } }
      : { status: 404, json: { detail: 'Not Found' } };

  it('is named, and left alone for a while', async () => {
    const { client, server, clock } = await setUp(old);
    expect(await errorOf(client.lookup(prompt, budget))).toBe('CONTROLLER_NO_DIRECTORY');
    expect(client.dialect).toBe('coordinator');
    const { length } = server.calls;
    expect(await errorOf(client.lookup(prompt, budget))).toBe('CONTROLLER_NO_DIRECTORY');
    expect(server.calls).toHaveLength(length);
    clock.advanceBy(5_000);
    server.script = coordinatorWith([]);
    expect((await client.lookup(prompt, budget)).holdings).toHaveLength(1);
  });

  it('is told from what is no coordinator', async () => {
    const { client } = await setUp(() => ({ status: 404, json: { detail: 'Not Found' } }));
    expect(await errorOf(client.lookup(prompt, budget))).toBe('CONTROLLER_WRONG_DIALECT');
  });
});
