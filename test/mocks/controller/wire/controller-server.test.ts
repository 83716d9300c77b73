import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../../src/base/virtual-clock.ts';
import { type Json, send, startTestFleet, type TestFleet } from '../../../helpers/mock-fleet.ts';

let fleet: TestFleet;
let [controller, engineA, engineB] = ['', '', ''];

async function start(description: object = {}, clock?: VirtualClock): Promise<void> {
  await fleet?.close();
  fleet = await startTestFleet(description, clock);
  controller = fleet.urls.controller;
  [engineA, engineB] = fleet.urls.engines as [string, string];
}

beforeEach(() => start());
afterEach(() => fleet.close());

/** Makes the engine compute a prompt of a good many tokens; returns the tokens. */
async function warm(
  engine: string,
  word: string,
  count = 700,
  members: object = {},
): Promise<number[]> {
  const body = {
    messages: [{ role: 'user', content: Array(count).fill(word).join(' ') }],
    max_tokens: 1,
    ...members,
  };
  await send(`${engine}/v1/chat/completions`, body);
  return (await send(`${engine}/tokenize`, body)).json.tokens as number[];
}

const lookup = async (tokens: readonly number[]): Promise<Json> =>
  (await send(`${controller}/lookup`, { tokens })).json;

const chunked = (tokens: readonly number[]): number => Math.floor(tokens.length / 256) * 256;

describe('legacy /lookup', () => {
  it('answers arrays, in whole chunks, for the engine that holds the prefix', async () => {
    const tokens = await warm(engineB, 'lookup');
    expect(await lookup(tokens)).toEqual({
      event_id: expect.stringMatching(/^Lookup[0-9a-f-]{36}$/),
      layout_info: { 'engine-b': ['LocalCPUBackend', chunked(tokens)] },
    });
  });

  it('names one holder though both have the prefix (LMCache kv_controller.py)', async () => {
    const tokens = await warm(engineA, 'both');
    await warm(engineB, 'both');
    expect(Object.keys((await lookup(tokens)).layout_info)).toEqual(['engine-a']);
  });

  it('names every holder when told to', async () => {
    await start({ controller: { holders: 'all' } });
    const tokens = await warm(engineA, 'both');
    await warm(engineB, 'both');
    expect(Object.keys((await lookup(tokens)).layout_info).sort()).toEqual([
      'engine-a',
      'engine-b',
    ]);
  });

  it('knows nothing of prompts shorter than a chunk (LMCache pull 2207)', async () => {
    const tokens = await warm(engineA, 'short', 100);
    expect((await lookup(tokens)).layout_info).toEqual({});
    expect((await lookup([])).layout_info).toEqual({});
  });

  it('finds nothing when the hash seeds differ (LMCache issues 1095, 1739)', async () => {
    await start({ engines: [{ count: 2, hashSeed: 5 }] });
    expect((await lookup(await warm(engineA, 'seed'))).layout_info).toEqual({});
  });

  it('finds nothing when the engine stores other chunks than 256', async () => {
    await start({ engines: [{ count: 2, profile: { tier: { chunkTokens: 64 } } }] });
    expect((await lookup(await warm(engineA, 'chunks'))).layout_info).toEqual({});
  });

  it('learns of evictions', async () => {
    await start({ engines: [{ count: 2, profile: { tier: { chunks: 2 } } }] });
    const tokens = await warm(engineA, 'first');
    await warm(engineA, 'second');
    expect((await lookup(tokens)).layout_info).toEqual({});
  });

  it('learns late by the lag', async () => {
    const clock = new VirtualClock();
    await start({ controller: { lagMs: 500 } }, clock);
    const tokens = await warm(engineA, 'late');
    expect((await lookup(tokens)).layout_info).toEqual({});
    clock.advanceBy(501);
    expect(Object.keys((await lookup(tokens)).layout_info)).toEqual(['engine-a']);
  });

  it.each([
    [
      { prompt: 'x' },
      [{ type: 'missing', loc: ['body', 'tokens'], msg: 'Field required', input: { prompt: 'x' } }],
    ],
    [
      { tokens: 'x' },
      [
        {
          type: 'list_type',
          loc: ['body', 'tokens'],
          msg: 'Input should be a valid list',
          input: 'x',
        },
      ],
    ],
    [
      { tokens: [1, 1.5, null, 'x'] },
      [
        {
          type: 'int_from_float',
          loc: ['body', 'tokens', 1],
          msg: 'Input should be a valid integer, got a number with a fractional part',
          input: 1.5,
        },
        {
          type: 'int_type',
          loc: ['body', 'tokens', 2],
          msg: 'Input should be a valid integer',
          input: null,
        },
        {
          type: 'int_parsing',
          loc: ['body', 'tokens', 3],
          msg: 'Input should be a valid integer, unable to parse string as an integer',
          input: 'x',
        },
      ],
    ],
  ])('answers 422 with a list to %j', async (body, detail) => {
    const { status, text } = await send(`${controller}/lookup`, body);
    // Byte for byte: the order of keys is pydantic's, too.
    expect([status, text]).toEqual([422, JSON.stringify({ detail })]);
  });

  it('takes integers written as strings, as pydantic does', async () => {
    const tokens = await warm(engineB, 'strings');
    const { json } = await send(`${controller}/lookup`, { tokens: tokens.map(String) });
    expect(json.layout_info).toEqual({ 'engine-b': ['LocalCPUBackend', chunked(tokens)] });
  });

  // What FastAPI and CPython's json.decoder say, as LMCache 0.3.9.post2 answers.
  it.each([
    ['{', 1, 'Expecting property name enclosed in double quotes'],
    ['{"tokens": [1,]}', 14, 'Expecting value'],
    ['{"tokens" 1}', 10, "Expecting ':' delimiter"],
    ['{"tokens": 1 "a"}', 13, "Expecting ',' delimiter"],
    ['{"tokens": []} x', 15, 'Extra data'],
    ['{"tokens', 1, 'Unterminated string starting at'],
    ['tokens', 0, 'Expecting value'],
  ])('answers 422 to the broken JSON %j', async (body, at, error) => {
    const problem = { type: 'json_invalid', loc: ['body', at], msg: 'JSON decode error' };
    const { status, json } = await send(`${controller}/lookup`, body);
    expect([status, json]).toEqual([422, { detail: [{ ...problem, input: {}, ctx: { error } }] }]);
  });

  it('survives a body nested beyond what can be quoted', async () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    for (const body of [`{"tokens":${deep}}`, `{"prompt":${deep}}`, deep]) {
      const { status, json } = await send(`${controller}/lookup`, body);
      expect([status, json.detail]).toEqual([400, 'There was an error parsing the body']);
    }
  });

  it('answers 422 to no body at all', async () => {
    const { json } = await send(`${controller}/lookup`, '');
    const problem = { type: 'missing', loc: ['body'], msg: 'Field required', input: null };
    expect(json).toEqual({ detail: [problem] });
  });

  it('answers 405 to GET', async () => {
    const { status, json, headers } = await send(`${controller}/lookup`);
    expect([status, json]).toEqual([405, { detail: 'Method Not Allowed' }]);
    expect(headers.get('allow')).toBe('POST');
  });
});

describe('legacy operations', () => {
  const at = { location: 'LocalCPUBackend' };

  it('pin what is there, zero tokens being a normal answer', async () => {
    const tokens = await warm(engineB, 'pin');
    const pin = (instance: string): Promise<Json> =>
      send(`${controller}/pin`, { ...at, tokens, instance_id: instance });
    expect((await pin('engine-b')).json).toEqual({
      event_id: expect.stringMatching(/^Pin/),
      num_tokens: chunked(tokens),
    });
    expect((await pin('engine-a')).json.num_tokens).toBe(0);
  });

  it('answer 500 for an unknown instance, with the text of an assertion about its workers', async () => {
    const of = async (path: string, fields: object = {}): Promise<unknown[]> => {
      const answer = await send(`${controller}${path}`, { instance_id: 'nobody', ...fields });
      return [answer.status, answer.json.detail ?? answer.json.error_codes];
    };
    const same = 'should be the same across all workers.';
    expect(await of('/pin', { ...at, tokens: [1] })).toEqual([
      500,
      `The number of tokens pinned ${same}`,
    ]);
    expect(await of('/clear', at)).toEqual([500, `The number of tokens cleared ${same}`]);
    expect(await of('/decompress', { ...at, method: 'cachegen' })).toEqual([500, '']);
    expect(await of('/health')).toEqual([200, {}]);
  });

  it('refuse a version that nobody asked', async () => {
    await expect(start({ controller: { lmcache: '0.1' } })).rejects.toThrow('LMCache 0.1');
    await start();
  });

  it('compress with cachegen only', async () => {
    const tokens = await warm(engineB, 'method');
    const body = { ...at, instance_id: 'engine-b', method: 'zstd', tokens };
    expect((await send(`${controller}/compress`, body)).json.num_tokens).toBe(0);
  });

  it('move to the CPU only, and to peers that can be reached', async () => {
    const tokens = await warm(engineA, 'disk');
    const move = (location: string): Promise<Json> =>
      send(`${controller}/move`, {
        old_position: ['engine-a', 'LocalCPUBackend'],
        new_position: ['engine-b', location],
        tokens,
      });
    const refusal = { detail: "Operation 'move' is not supported." };
    expect((await move('LocalDiskBackend')).json).toEqual(refusal);
    const { core } = fleet.controller!.wire;
    const [worker] = core.registry.list('engine-b');
    core.register({ ...worker!, peerInitUrl: null });
    expect((await move('LocalCPUBackend')).json.detail).toMatch(/ or P2P is not enabled\.$/);
  });

  it('clear a location, and lookup knows', async () => {
    const tokens = await warm(engineB, 'clear');
    const { json } = await send(`${controller}/clear`, { ...at, instance_id: 'engine-b' });
    expect(json).toEqual({
      event_id: expect.stringMatching(/^Clear/),
      num_tokens: chunked(tokens),
    });
    expect((await lookup(tokens)).layout_info).toEqual({});
  });

  it.each([
    ['should_copy', '0.5.6'],
    ['copy', '0.3.9'],
  ])('copy with the spelling %s of LMCache %s', async (spelling, lmcache) => {
    await start({ controller: { lmcache } });
    const tokens = await warm(engineA, 'copy');
    const { json } = await send(`${controller}/move`, {
      old_position: ['engine-a', 'LocalCPUBackend'],
      new_position: ['engine-b', 'LocalCPUBackend'],
      tokens,
      [spelling]: true,
    });
    expect(json).toEqual({ event_id: expect.stringMatching(/^Move/), num_tokens: chunked(tokens) });
    expect(fleet.engines[0]!.core.operations.resident('LocalCPUBackend', tokens)).toBe(
      chunked(tokens),
    );
  });

  it('move without it', async () => {
    const tokens = await warm(engineA, 'move');
    const places = {
      old_position: ['engine-a', 'LocalCPUBackend'],
      new_position: ['engine-b', 'LocalCPUBackend'],
    };
    await send(`${controller}/move`, { ...places, tokens });
    expect(Object.keys((await lookup(tokens)).layout_info)).toEqual(['engine-b']);
  });

  it.each([
    [['a'], { type: 'missing', loc: ['body', 'old_position', 1], msg: 'Field required' }],
    [['a', 5], { type: 'string_type', loc: ['body', 'old_position', 1], input: 5 }],
    [
      ['a', 'b', 'c'],
      { type: 'too_long', ctx: { field_type: 'Tuple', max_length: 2, actual_length: 3 } },
    ],
    ['a', { type: 'tuple_type', msg: 'Input should be a valid tuple' }],
  ])('move nothing from %j', async (position, problem) => {
    const body = { old_position: position, new_position: ['engine-b', 'LocalCPUBackend'] };
    const { status, json } = await send(`${controller}/move`, body);
    expect(status).toBe(422);
    expect(json.detail).toMatchObject([problem]);
  });

  it('compress and decompress', async () => {
    const tokens = await warm(engineB, 'press');
    const body = { ...at, instance_id: 'engine-b', method: 'cachegen', tokens };
    const pressed = await send(`${controller}/compress`, body);
    expect(pressed.json).toEqual({
      event_id: expect.stringMatching(/^Compress/),
      num_tokens: chunked(tokens),
    });
    expect((await send(`${controller}/decompress`, body)).json.num_tokens).toBe(chunked(tokens));
  });

  it('have no /evict and no /unpin (LMCache issue 1288)', async () => {
    for (const path of ['/evict', '/unpin', '/nothing']) {
      const { status, json } = await send(`${controller}${path}`, { tokens: [] });
      expect([status, json]).toEqual([404, { detail: 'Not Found' }]);
    }
  });

  it('always fail on /check_finish', async () => {
    const { status, json } = await send(`${controller}/check_finish`, { event_id: 'x' });
    expect([status, json]).toEqual([500, { detail: '' }]);
  });

  it('tell about workers', async () => {
    const health = await send(`${controller}/health`, { instance_id: 'engine-b' });
    expect(health.json).toEqual({
      event_id: expect.stringMatching(/^health/),
      error_codes: { '0': 0 },
    });
    expect((await send(`${controller}/health`)).status).toBe(405);
    const info = await send(`${controller}/query_worker_info`, { instance_id: 'engine-b' });
    expect(info.json.worker_infos).toEqual([
      {
        instance_id: 'engine-b',
        worker_id: 0,
        ip: '127.0.0.1',
        port: Number(new URL(engineB).port),
        peer_init_url: new URL(engineB).host,
        registration_time: expect.any(Number),
        last_heartbeat_time: expect.any(Number),
      },
    ]);
    expect((await send(`${controller}/controller/workers`)).json.total_count).toBe(2);
    const misread = await send(`${controller}/controller/workers?worker_id=first`);
    expect([misread.status, misread.json.detail[0].type]).toEqual([422, 'int_parsing']);
    const one = await send(`${controller}/controller/workers?instance_id=engine-a&worker_id=0`);
    expect(one.json.instance_id).toBe('engine-a');
    const none = await send(`${controller}/controller/workers?instance_id=x`);
    expect([none.status, none.json]).toEqual([404, { detail: 'No workers found for instance x' }]);
  });

  it('count keys', async () => {
    const tokens = await warm(engineB, 'keys');
    expect((await send(`${controller}/controller/key-stats`)).json).toEqual({
      total_key_count: chunked(tokens) / 256,
      total_instance_count: 2,
      total_worker_count: 2,
      instances: [
        { instance_id: 'engine-a', key_count: 0, worker_count: 1 },
        { instance_id: 'engine-b', key_count: chunked(tokens) / 256, worker_count: 1 },
      ],
    });
  });
});

describe('coordinator API', () => {
  beforeEach(() => start({ controller: { api: 'coordinator' } }));
  const prompt = (tokens: readonly number[]): object => ({
    model_name: 'mock-model',
    world_size: 1,
    token_ids: tokens,
    cache_salt: '',
  });

  it('names all holders of every chunk, with its tokens', async () => {
    const tokens = await warm(engineA, 'both');
    await warm(engineB, 'both');
    const { json } = await send(`${controller}/directory/lookup`, prompt(tokens));
    expect(json.chunks).toBe(chunked(tokens) / 256);
    expect(json.results[0]).toEqual({
      key: {
        chunk_hash_hex: expect.stringMatching(/^[0-9a-f]{64}$/),
        model_name: 'mock-model',
        kv_rank: 16_777_472,
        object_group_id: 0,
        cache_salt: '',
      },
      placements: ['engine-a', 'engine-b'].map((instance_id) => ({
        instance_id,
        incarnation: expect.any(Number),
        tier: 'l1',
        backend: 'dram',
        size_bytes: 256 * 6_144,
        shared: false,
      })),
      token_ids: tokens.slice(0, 256),
      access_count: 0,
    });
  });

  it('answers a short prompt with nothing', async () => {
    const { json } = await send(`${controller}/directory/lookup`, prompt([1, 2, 3]));
    expect(json).toEqual({ chunks: 0, results: [] });
  });

  it('answers 422 to a world of no ranks and to an unknown tier', async () => {
    const body = { ...prompt([1]), world_size: 0, instance_id: 'engine-b', tier: 'l9' };
    const { status, json } = await send(`${controller}/cache/delete`, body);
    expect([status, json.detail]).toEqual([
      422,
      [
        {
          type: 'greater_than_equal',
          loc: ['body', 'world_size'],
          msg: 'Input should be greater than or equal to 1',
          input: 0,
          ctx: { ge: 1 },
        },
        {
          type: 'enum',
          loc: ['body', 'tier'],
          msg: "Input should be 'l1', 'l2' or 'all'",
          input: 'l9',
          ctx: { expected: "'l1', 'l2' or 'all'" },
        },
      ],
    ]);
  });

  it('deletes from the tier it is told', async () => {
    const tokens = await warm(engineB, 'tier');
    const dropped = async (tier: string): Promise<number> =>
      (
        await send(`${controller}/cache/delete`, {
          ...prompt(tokens),
          instance_id: 'engine-b',
          tier,
        })
      ).json.affected;
    expect(await dropped('l2')).toBe(0);
    expect(await dropped('l1')).toBe(chunked(tokens) / 256);
  });

  it('is healthy, lists instances, pins, deletes', async () => {
    expect((await send(`${controller}/healthz`)).json).toEqual({ status: 'healthy' });
    expect((await send(`${controller}/instances`)).json.instances).toHaveLength(2);
    const tokens = await warm(engineB, 'coordinated');
    const chunks = chunked(tokens) / 256;
    expect(
      (await send(`${controller}/cache/delete`, { ...prompt(tokens), instance_id: 'engine-b' }))
        .json,
    ).toEqual({
      instance_id: 'engine-b',
      requested: chunks,
      affected: chunks,
      skipped: 0,
      status: 'deleted',
    });
    const again = await warm(engineB, 'pinned');
    expect((await send(`${controller}/cache/pins`, prompt(again))).json).toEqual({
      requested: chunked(again) / 256,
      affected: chunked(again) / 256,
      status: 'pinned',
    });
    expect((await send(`${controller}/lookup`, { tokens })).status).toBe(404);
  });

  it('holds pinned keys back from deletions below memory, unless forced', async () => {
    const tokens = await warm(engineB, 'pinned');
    const chunks = chunked(tokens) / 256;
    const pin = (method: string): Promise<Json> =>
      send(`${controller}/cache/pins`, prompt(tokens), { method });
    const dropped = async (members: object = {}): Promise<number[]> => {
      const body = { ...prompt(tokens), instance_id: 'engine-b', ...members };
      const { json } = await send(`${controller}/cache/delete`, body);
      return [json.affected, json.skipped];
    };
    expect((await pin('POST')).json).toEqual({
      requested: chunks,
      affected: chunks,
      status: 'pinned',
    });
    expect(await dropped()).toEqual([0, chunks]);
    expect(await dropped({ tier: 'l1' })).toEqual([chunks, 0]);
    await warm(engineB, 'pinned');
    expect(await dropped({ force: true })).toEqual([chunks, 0]);
    expect((await send(`${controller}/cache/pins`)).json.total).toBe(0);
  });

  it('needs no seeds that agree, and tells tenants apart', async () => {
    await start({
      controller: { api: 'coordinator', hashSeed: 1 },
      engines: [
        { id: 'engine-a', hashSeed: 2 },
        { id: 'engine-b', hashSeed: 3 },
      ],
    });
    const tokens = await warm(engineA, 'seeds', 700, { cache_salt: 'tenant' });
    const holders = async (cache_salt: string): Promise<number> =>
      (await send(`${controller}/directory/lookup`, { ...prompt(tokens), cache_salt })).json
        .results[0].placements.length;
    expect(await holders('tenant')).toBe(1);
    expect(await holders('')).toBe(0);
  });

  it('knows engines by what they loaded, and every rank of them', async () => {
    await start({
      controller: { api: 'coordinator', worldSize: 2 },
      engines: [{ model: '/models/tiny', servedModelName: 'tiny', count: 2, id: 'engine' }],
    });
    const { json: models } = await send(`${engineA}/v1/models`);
    expect(models.data[0]).toMatchObject({ id: 'tiny', root: '/models/tiny' });
    const tokens = await warm(engineA, 'ranks');
    const lookup = async (members: object): Promise<number[]> => {
      const body = { ...prompt(tokens), ...members };
      const { json } = await send(`${controller}/directory/lookup`, body);
      return json.results.map((it: Json) => it.placements.length);
    };
    const chunks = chunked(tokens) / 256;
    const root = { model_name: '/models/tiny' };
    expect(await lookup({ ...root, world_size: 2 })).toEqual(Array(2 * chunks).fill(1));
    expect(await lookup({ ...root, world_size: 1 })).toEqual(Array(chunks).fill(0));
    expect(await lookup({ model_name: 'tiny', world_size: 2 })).toEqual(Array(2 * chunks).fill(0));
  });

  it('as of LMCache 0.5.2 has no directory, and nobody reports to it', async () => {
    await start({ controller: { api: 'coordinator', lmcache: '0.5.2' } });
    for (const path of ['/directory/lookup', '/events']) {
      expect((await send(`${controller}${path}`, {})).status).toBe(404);
    }
    expect((await send(`${controller}/instances`)).json.instances).toHaveLength(2);
  });

  it('that reads events from Kafka refuses them over HTTP', async () => {
    await start({ controller: { api: 'coordinator', eventTransport: 'kafka' } });
    const { status, json } = await send(`${controller}/events`, { batches: [] });
    expect([status, json.detail]).toEqual([404, expect.stringContaining('from Kafka')]);
  });

  it('forgets what it has been told when it restarts, and learns again', async () => {
    const tokens = await warm(engineA, 'again');
    const holders = async (): Promise<number> =>
      (await send(`${controller}/directory/lookup`, prompt(tokens))).json.results[0].placements
        .length;
    expect(await holders()).toBe(1);
    await send(`${controller}/__mock/reset`, { scope: 'cache' });
    expect(await holders()).toBe(0);
    await warm(engineB, 'again');
    expect(await holders()).toBe(1);
  });
});

describe('toy API over a real index', () => {
  it('answers objects, and operates on the engines', async () => {
    await start({ controller: { api: 'toy' } });
    const tokens = await warm(engineB, 'toy');
    const { json } = await send(`${controller}/lookup`, { tokens });
    expect(json).toEqual({
      event_id: 'lookup-1',
      layout_info: { 'engine-b': { '0': 'LocalCPUBackend', '1': chunked(tokens) } },
    });
    const asked = await send(`${controller}/lookup`);
    expect([asked.status, asked.json]).toEqual([405, { error: 'method not allowed' }]);
    const evicted = await send(`${controller}/evict`, {
      tokens,
      instance_id: 'engine-b',
      location: 'LocalCPUBackend',
    });
    expect(evicted.json).toEqual({ event_id: 'evict-2', num_tokens: chunked(tokens) });
    expect((await lookup(tokens)).layout_info).toEqual({});
    const stats = async (): Promise<Json> => (await send(`${controller}/stats`)).json;
    const counts = { lookup_calls: 2, lookup_success: 1, lookup_failure: 1, evict_calls: 1 };
    expect(await stats()).toMatchObject(counts);
    await send(`${controller}/reset`, {});
    const none = { lookup_calls: 0, lookup_success: 0, lookup_failure: 0, evict_calls: 0 };
    expect(await stats()).toMatchObject(none);
  });
});

describe('engines in other processes', () => {
  it.each([
    ['workers', {}],
    ['workers', { instanceId: '', url: 'http://127.0.0.1:1' }],
    ['workers', { instanceId: 'x', url: 'ftp://127.0.0.1' }],
    ['admissions', { instanceId: 'engine-a' }],
    ['admissions', { instanceId: 'engine-a', events: [null] }],
    ['admissions', { instanceId: 'engine-a', events: [{ location: 'LocalCPUBackend' }] }],
    [
      'admissions',
      { instanceId: 'engine-a', events: [{ location: 'L', event: { type: 'stored' } }] },
    ],
  ])('are refused with /__mock/%s %j, and lookups go on', async (path, body) => {
    const { status, json } = await send(`${controller}/__mock/${path}`, body);
    expect([status, typeof json.error]).toEqual([400, 'string']);
    expect((await lookup([1])).layout_info).toEqual({});
  });
});
