import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';
import { SseParser } from '../../../src/protocol/sse.ts';
import { type Json, send, startTestFleet, type TestFleet } from '../../helpers/mock-fleet.ts';

let fleet: TestFleet;
afterEach(() => fleet.close());

async function start(description: unknown = {}, clock?: VirtualClock): Promise<string> {
  fleet = await startTestFleet(description, clock);
  return fleet.urls.engines[0]!;
}

const chat = (url: string, content: string, id: string, more: object = {}): Promise<Json> =>
  send(
    `${url}/v1/chat/completions`,
    { messages: [{ role: 'user', content }], max_tokens: 2, ...more },
    { headers: { 'x-request-id': id } },
  );

const words = (word: string, count = 100): string => Array(count).fill(word).join(' ');
const explain = async (url: string, id: string): Promise<Json> =>
  (await send(`${url}/__mock/explain/${id}`)).json;

describe('explain', () => {
  it('tells a full hit, a difference, another identity and a prompt too short', async () => {
    const engine = await start();
    await chat(engine, words('tree'), 'cold');
    await chat(engine, words('tree'), 'warm');
    await chat(engine, `${words('tree', 50)} ${words('bush', 50)}`, 'half');
    await chat(engine, words('tree'), 'salted', { cache_salt: 's' });
    await chat(engine, 'x', 'short');
    expect(await explain(engine, 'cold')).toMatchObject({ verdict: 'never-cached', nearest: null });
    expect(await explain(engine, 'warm')).toMatchObject({ verdict: 'full-hit', cachedTokens: 96 });
    const half = await explain(engine, 'half');
    expect(half).toMatchObject({ verdict: 'never-cached', firstMissingBlock: 3 });
    expect(half.because).toContain('differs from token');
    expect((await explain(engine, 'salted')).because).toContain('cache salt');
    expect((await explain(engine, 'short')).verdict).toBe('not-cacheable');
    expect((await send(`${engine}/__mock/explain/nobody`)).status).toBe(404);
  });

  it('tells who pushed a block out', async () => {
    const profile = { blocks: 12, tier: null };
    const engine = await start({ engines: [{ profile }] }, new VirtualClock());
    for (const [word, id] of [
      ['tree', 'first'],
      ['bush', 'pusher'],
      ['tree', 'again'],
    ] as const) {
      await send(`${engine}/__mock/clock/advance`, { ms: 1_000 });
      await chat(engine, words(word), id);
    }
    const { entries } = (await send(`${engine}/__mock/journal`)).json;
    expect(await explain(engine, 'again')).toMatchObject({
      verdict: 'evicted',
      eviction: { by: 'pusher', reason: 'capacity', atMs: entries[1].atMs },
    });
  });

  it('names no request behind an order to drop', async () => {
    const engine = await start();
    await chat(engine, words('tree'), 'first');
    await send(`${engine}/reset_prefix_cache`, {});
    await chat(engine, words('tree'), 'again');
    const { eviction, because } = await explain(engine, 'again');
    expect(eviction).toMatchObject({ by: '', reason: 'clear' });
    expect(because).toBe('Block 0 was here and left (clear).');
  });

  it('tells what the second tier had of a miss and of a full hit', async () => {
    const profile = { blocks: 24, tier: { chunks: 8 } };
    const engine = await start({ engines: [{ profile }] });
    await chat(engine, words('tree', 300), 'first');
    await chat(engine, words('bush', 300), 'pusher');
    await chat(engine, words('tree', 300), 'again');
    const again = await explain(engine, 'again');
    expect(again).toMatchObject({ verdict: 'evicted', cachedTokens: 256 });
    expect(again.because).toContain(`had ${again.tierCachedTokens} of the cached tokens`);
    const tokens = Array.from({ length: 256 }, (_, index) => index);
    const complete = (id: string): Promise<Json> =>
      send(
        `${engine}/v1/completions`,
        { prompt: tokens, max_tokens: 1 },
        { headers: { 'x-request-id': id } },
      );
    await complete('whole');
    await send(`${engine}/reset_prefix_cache`, {});
    await complete('reloaded');
    const reloaded = await explain(engine, 'reloaded');
    expect(reloaded).toMatchObject({
      verdict: 'full-hit',
      cachedTokens: 255,
      cachedTokensMax: 255,
    });
    expect(reloaded.because).toContain('had 255 of the cached tokens');
  });

  it('remembers each of several prompts and answers', async () => {
    const engine = await start();
    await chat(engine, words('tree'), 'triple', { n: 3 });
    const missing = await send(`${engine}/__mock/explain/triple`);
    expect(missing.status).toBe(404);
    expect(missing.json.error).toContain('ask for one of 0_triple, 1_triple, 2_triple');
    expect((await explain(engine, '0_triple')).verdict).toBe('never-cached');
    expect((await explain(engine, '1_triple')).verdict).toBe('full-hit');
    expect((await send(`${engine}/__mock/explain/nobody`)).json.error).toContain('"nobody"');
  });

  it('finds a request whatever its key is made of', async () => {
    const engine = await start();
    await chat(engine, words('tree'), 'a/b c?d#e%');
    expect((await explain(engine, encodeURIComponent('a/b c?d#e%'))).key).toBe('a/b c?d#e%');
  });

  it('looks for the nearest request among those scheduled before, not those that ended before', async () => {
    const engine = await start({ engines: [{ profile: '8b-h100' }] }, new VirtualClock());
    const advance = (ms: number): Promise<Json> => send(`${engine}/__mock/clock/advance`, { ms });
    const requests = async (count: number): Promise<void> => {
      while ((await send(`${engine}/load`)).json.server_load !== count);
    };
    const long = chat(engine, words('tree'), 'long', { max_tokens: 500, ignore_eos: true });
    await requests(1);
    await advance(100);
    const short = chat(engine, `${words('tree', 50)} ${words('bush', 50)}`, 'short');
    await requests(2);
    await advance(60_000);
    await Promise.all([long, short]);
    expect((await explain(engine, 'short')).nearest).toMatchObject({
      key: 'long',
      sharedBlocks: 3,
    });
    expect((await explain(engine, 'long')).nearest).toBeNull();
  });

  it('says so when a request left before it was scheduled', async () => {
    const engine = await start({ engines: [{ profile: '8b-h100' }] }, new VirtualClock());
    const leave = new AbortController();
    const left = fetch(`${engine}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-request-id': 'left' },
      body: JSON.stringify({ messages: [{ role: 'user', content: words('tree') }] }),
      signal: leave.signal,
    }).catch(() => undefined);
    const load = async (): Promise<number> => (await send(`${engine}/load`)).json.server_load;
    while ((await load()) === 0);
    leave.abort();
    await left;
    while ((await load()) > 0);
    expect(await explain(engine, 'left')).toMatchObject({
      verdict: 'never-scheduled',
      firstMissingBlock: null,
      nearest: null,
    });
  });
});

describe('journal', () => {
  it('keeps what each request came to, without credentials', async () => {
    const engine = await start();
    await send(
      `${engine}/v1/chat/completions`,
      { messages: [{ role: 'user', content: 'x' }], max_tokens: 2 },
      { headers: { authorization: 'Bearer secret', 'x-api-key': 'secret', 'x-session-id': '7' } },
    );
    const { json, text } = await send(`${engine}/__mock/journal`);
    expect(json.entries).toEqual([
      {
        mock: 'engine-a',
        seq: 0,
        atMs: expect.any(Number),
        method: 'POST',
        route: '/v1/chat/completions',
        key: expect.any(String),
        status: 200,
        fault: null,
        headers: { 'x-session-id': '7' },
        completion: expect.objectContaining({ model: 'mock-model', outputTokens: 2 }),
      },
    ]);
    expect(text).not.toContain('secret');
    expect((await send(`${engine}/__mock/journal?since=1`)).json.entries).toEqual([]);
  });

  it('judges rules: counts, every, order, quiet', async () => {
    const engine = await start();
    for (const id of ['one', 'two', 'three']) await chat(engine, 'x', id);
    const where = { route: '/v1/chat/completions' };
    const verify = async (rule: object): Promise<string> =>
      (await send(`${engine}/__mock/verify`, [{ id: 'r', ...rule }])).json.checks[0].outcome;
    expect(await verify({ where, count: { min: 3, max: 3 } })).toBe('pass');
    expect(await verify({ where, count: { max: 2 } })).toBe('fail');
    expect(await verify({ where, every: { mock: 'engine-a', status: 200 } })).toBe('pass');
    expect(await verify({ where, every: { key: 'one' } })).toBe('fail');
    expect(await verify({ where: { key: 'nobody' }, every: { status: 200 } })).toBe('fail');
    expect(await verify({ order: [{ key: 'one' }, { key: 'three' }] })).toBe('pass');
    expect(await verify({ order: [{ key: 'three' }, { key: 'one' }] })).toBe('fail');
    expect(await verify({ where: { key: 'three' }, quietAfterMs: 1_000 })).toBe('pass');
    const wrong = await send(`${engine}/__mock/verify`, [{ id: 'r', where }]);
    expect([wrong.status, wrong.json.code]).toEqual([400, 'JOURNAL_RULE_INVALID']);
  });
});

describe('state of the cache', () => {
  it('is shown block by block, taken away and put back', async () => {
    const engine = await start();
    await chat(engine, words('tree', 300), 'a');
    const { json: before } = await send(`${engine}/__mock/cache`);
    expect(before.blocks.length).toBeGreaterThan(15);
    const { json: snapshot } = await send(`${engine}/__mock/snapshot`);
    await send(`${engine}/__mock/reset`, { scope: 'cache' });
    expect((await send(`${engine}/__mock/cache`)).json.blocks).toEqual([]);
    await send(`${engine}/__mock/snapshot`, snapshot, { method: 'PUT' });
    const { json: after } = await send(`${engine}/__mock/cache`);
    const hashes = (view: Json): string[] => view.blocks.map(({ hash }: Json) => hash).sort();
    expect(hashes(after)).toEqual(hashes(before));
    expect((await send(`${engine}/__mock/cache?location=nowhere`)).status).toBe(404);
    expect((await send(`${engine}/__mock/snapshot`, {}, { method: 'PUT' })).status).toBe(400);
  });

  it('is compared with a snapshot, and carried over to another engine', async () => {
    const engine = await start();
    const other = fleet.urls.engines[1]!;
    await chat(engine, words('tree', 300), 'a');
    const { json: snapshot } = await send(`${engine}/__mock/snapshot`);
    const blocks = snapshot.stores.GPU.blocks.length;
    const compare = async (url: string): Promise<Json> =>
      (await send(`${url}/__mock/snapshot`, snapshot)).json.GPU;
    expect(await compare(engine)).toEqual({ missing: 0, extra: 0, kept: blocks });
    await chat(engine, words('bush', 300), 'b');
    const { extra, ...rest } = await compare(engine);
    expect([extra > 0, rest]).toEqual([true, { missing: 0, kept: blocks }]);
    expect(await compare(other)).toEqual({ missing: blocks, extra: 0, kept: 0 });
    const { json } = await send(`${other}/__mock/snapshot`, snapshot, { method: 'PUT' });
    expect(json.resident.GPU).toBe(blocks);
    expect(await compare(other)).toEqual({ missing: 0, extra: 0, kept: blocks });
    const warm = await chat(other, words('tree', 300), 'c');
    expect(warm.json.usage.prompt_tokens_details.cached_tokens).toBeGreaterThan(0);
  });

  it('refuses an unknown scope and an unknown path', async () => {
    const engine = await start();
    expect((await send(`${engine}/__mock/reset`, { scope: 'world' })).status).toBe(400);
    expect((await send(`${engine}/__mock/nothing`)).status).toBe(404);
  });
});

describe('clock', () => {
  it('moves only when told, and the latencies are exact', async () => {
    const engine = await start({ engines: [{ profile: '8b-h100' }] }, new VirtualClock());
    const answer = chat(engine, words('tree', 1_000), 'slow');
    const advance = (): Promise<Json> => send(`${engine}/__mock/clock/advance`, { ms: 5_000 });
    while ((await send(`${engine}/load`)).json.server_load === 0);
    await advance();
    await answer;
    const { json } = await send(`${engine}/__mock/journal`);
    const { ttftMs } = json.entries[0].completion;
    expect(ttftMs).toBeGreaterThan(40);
    expect(ttftMs).toBeLessThan(160);
    expect((await send(`${engine}/__mock/clock`)).json).toMatchObject({ kind: 'virtual' });
  });

  it('cannot be moved when it is real', async () => {
    const engine = await start();
    expect((await send(`${engine}/__mock/clock/advance`, { ms: 1 })).status).toBe(409);
  });
});

describe('KV events', () => {
  async function events(url: string, count: number, lastEventId?: string): Promise<Json[]> {
    return (await subscribe(url, lastEventId))(count);
  }

  /** Once the engine knows its subscriber; what is returned reads so many events. */
  async function subscribe(
    url: string,
    lastEventId?: string,
  ): Promise<(count: number) => Promise<Json[]>> {
    const stop = new AbortController();
    const answer = await fetch(`${url}/__mock/events`, {
      signal: stop.signal,
      headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId },
    });
    return async (count) => {
      const parser = new SseParser();
      const seen: Json[] = [];
      for await (const piece of answer.body!) {
        for (const event of parser.push(piece)) {
          seen.push({ id: event.lastEventId, type: event.type, ...JSON.parse(event.data) });
        }
        if (seen.length >= count) break;
      }
      stop.abort();
      return seen;
    };
  }

  it('tell of stored blocks in the shape of vLLM, and replay', async () => {
    const engine = await start({ controller: null, engines: [{ kvEvents: true }] });
    const live = events(engine, 1);
    await chat(engine, words('tree'), 'a');
    const [first] = await live;
    expect(first).toMatchObject({ id: '0', data_parallel_rank: 0, ts: expect.any(Number) });
    expect(first.events[0]).toMatchObject({
      type: 'BlockStored',
      parent_block_hash: null,
      block_size: 16,
      lora_id: null,
      medium: 'GPU',
    });
    expect(first.events[0].token_ids).toHaveLength(first.events[0].block_hashes.length * 16);
    await chat(engine, words('bush'), 'b');
    expect((await events(engine, 1, '0'))[0].id).toBe('1');
  });

  it.each([
    [{ drop: 1 }, []],
    [{ dup: 1 }, [0, 0, 1, 1]],
    [{ reorder: 1 }, [1, 0]],
  ])('are lost, repeated and late with the fault %j', async (kvEvents, wanted) => {
    const engine = await start({ controller: null, engines: [{ kvEvents: true }] });
    await send(`${engine}/__mock/faults`, { rules: [{ do: { kvEvents } }] }, { method: 'PUT' });
    const live = events(engine, wanted.length + 1);
    await chat(engine, words('tree'), 'a');
    await chat(engine, words('bush'), 'b');
    await chat(engine, words('moss'), 'c');
    // Rules can change at any time; the batch after them ends the count.
    await send(`${engine}/__mock/faults`, undefined, { method: 'DELETE' });
    await chat(engine, words('fern'), 'd');
    const ids = (await live).map(({ id }) => Number(id));
    expect(ids.slice(0, wanted.length)).toEqual(wanted);
  });

  it('meet the conditions of a rule that a batch can meet, and are counted', async () => {
    const clock = new VirtualClock();
    const engine = await start({ controller: null, engines: [{ kvEvents: true }] }, clock);
    const dup = { kvEvents: { dup: 1 } };
    const rules = [
      { when: { engine: 'engine-b' }, do: dup },
      { when: { route: '/v1/chat/completions' }, do: dup },
      { when: { afterMs: 50 }, times: 1, do: dup },
    ];
    await send(`${engine}/__mock/faults`, { rules }, { method: 'PUT' });
    const read = await subscribe(engine);
    await chat(engine, words('tree'), 'early');
    await send(`${engine}/__mock/clock/advance`, { ms: 60 });
    await chat(engine, words('bush'), 'struck');
    await chat(engine, words('moss'), 'after');
    expect((await read(4)).map(({ id }) => id)).toEqual(['0', '1', '1', '2']);
    expect((await send(`${engine}/__mock/state`)).json.faults).toEqual({ kvEvents: 1 });
  });

  it('are off unless asked for, as in vLLM', async () => {
    const engine = await start();
    expect((await send(`${engine}/__mock/events`)).status).toBe(409);
  });
});

describe('state', () => {
  it('reports timers, counters and the index', async () => {
    const engine = await start({ engines: [{ profile: '8b-h100', speedup: 100 }] });
    await chat(engine, words('tree', 400), 'a');
    expect((await send(`${engine}/__mock/state`)).json).toMatchObject({
      role: 'engine',
      counters: { finished: { length: 1 } },
      journal: { entries: 1, dropped: 0 },
      timers: { boundMs: 20, timers: expect.any(Number) },
    });
    const { json } = await send(`${fleet.urls.controller}/__mock/state`);
    expect(json).toMatchObject({ role: 'controller', api: 'legacy', index: { chunks: 1 } });
  });
});

describe('index faults', () => {
  const put = (body: unknown): Promise<Json> =>
    send(`${fleet.urls.controller}/__mock/index-faults`, body, { method: 'PUT' });

  it('change what is given and keep the rest', async () => {
    await start({ controller: { lagMs: 5 } });
    expect((await put({ isFrozen: true })).json).toEqual({ lagMs: 5, isFrozen: true, lie: 'off' });
    expect((await put({ lie: 'wrong-instance' })).json).toMatchObject({ isFrozen: true, lagMs: 5 });
  });

  it('are as at the start after a reset', async () => {
    await start({ controller: { lagMs: 5 } });
    await put({ lagMs: 9, isFrozen: true, lie: 'whole-prompt' });
    await send(`${fleet.urls.controller}/__mock/reset`, { scope: 'faults' });
    expect((await put({})).json).toEqual({ lagMs: 5, isFrozen: false, lie: 'off' });
  });

  it.each([
    [[], 'index-faults must be a map, not a list'],
    [{ lag: 1 }, 'unknown key "lag". Known here: lagMs, isFrozen, lie.'],
    [{ lagMs: '5' }, 'lagMs must be a number of at least 0'],
    ['{"lagMs":1e999}', 'lagMs must be a number of at least 0'],
    [{ isFrozen: 1 }, 'isFrozen must be true or false'],
    [{ lie: 'big' }, 'lie must be one of off, wrong-instance, whole-prompt'],
  ])('are refused as %j', async (body, message) => {
    await start();
    const { status, json } = await put(body);
    expect([status, json.error]).toEqual([400, expect.stringContaining(message)]);
  });
});
