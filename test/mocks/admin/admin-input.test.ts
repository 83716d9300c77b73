import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';
import { type Json, send, startTestFleet, type TestFleet } from '../../helpers/mock-fleet.ts';

let fleet: TestFleet;
afterEach(() => fleet.close());

async function start(
  description: unknown = {},
  clock?: VirtualClock,
): Promise<{ engine: string; controller: string }> {
  fleet = await startTestFleet(description, clock);
  return { engine: fleet.urls.engines[0]!, controller: fleet.urls.controller };
}

const chat = (url: string, id: string, words = 100): Promise<Json> =>
  send(
    `${url}/v1/chat/completions`,
    { messages: [{ role: 'user', content: 'tree '.repeat(words) }], max_tokens: 2 },
    { headers: { 'x-request-id': id } },
  );

describe('what the admin API cannot take', () => {
  it.each([
    ['GET', 'nothing', 404, 'NOT_FOUND', 'There are: cache, clock, events, explain'],
    ['GET', 'state/more', 404, 'NOT_FOUND', 'no admin path "state/more"'],
    ['POST', 'state', 405, 'METHOD_NOT_ALLOWED', '/__mock/state takes GET'],
    ['DELETE', 'snapshot', 405, 'METHOD_NOT_ALLOWED', 'takes GET, PUT, POST'],
    ['POST', 'clock', 405, 'METHOD_NOT_ALLOWED', 'takes GET'],
    ['GET', 'explain/%E0%A4%A', 400, 'BAD_REQUEST', 'percent-encoded'],
    ['GET', 'cache?location=moon', 404, 'NOT_FOUND', 'There are: GPU, LocalCPUBackend'],
    ['GET', 'journal?since=-1', 400, 'QUERY_INVALID', 'since must be a whole number'],
    ['GET', 'journal?limit=ten', 400, 'QUERY_INVALID', 'limit must be a whole number'],
  ])('%s %s is %d', async (method, path, status, code, message) => {
    const { engine } = await start();
    const answer = await send(`${engine}/__mock/${path}`, undefined, { method });
    expect([answer.status, answer.json.code]).toEqual([status, code]);
    expect(answer.json.error).toContain(message);
  });

  it('says which methods a path takes', async () => {
    const { engine } = await start();
    const { headers } = await send(`${engine}/__mock/faults`, {});
    expect(headers.get('allow')).toBe('GET, PUT, DELETE');
  });

  it.each([
    ['POST', 'verify', '{"rules": [', 'not valid JSON'],
    ['POST', 'verify', '[]', 'rules must be a list with an entry'],
    ['PUT', 'faults', '[null]', 'rules[0] must be a map, not null'],
    ['POST', 'reset', '["cache"]', 'The body must be a map, not a list'],
    ['POST', 'reset', '{"scopes": "cache"}', 'unknown key "scopes"'],
    ['POST', 'reset', '{"scope": "cach', 'not valid JSON'],
    ['POST', 'operations', '{"operation": "pin"}', 'operation is one of pin'],
    [
      'POST',
      'operations',
      '{"operation": "pin", "location": "GPU", "tokens": ["a"]}',
      'list of token ids',
    ],
  ])('%s %s refuses %s and changes nothing', async (method, path, body, message) => {
    const { engine } = await start();
    await chat(engine, 'before');
    const answer = await send(`${engine}/__mock/${path}`, body, { method });
    expect(answer.status).toBe(400);
    expect(answer.json.error).toContain(message);
    expect((await send(`${engine}/__mock/journal`)).json.entries).toHaveLength(1);
    expect((await send(`${engine}/__mock/cache`)).json.blocks.length).toBeGreaterThan(0);
  });

  const RANGE = 'ms must be a number from 0 to 31622400000, not';
  it.each([
    ['{"ms": -1}', `${RANGE} -1.`],
    ['{"ms": "5"}', `${RANGE} the text "5".`],
    ['{"ms": 1e999}', `${RANGE} Infinity.`],
    ['{"ms": 1e15}', `${RANGE} 1000000000000000.`],
    ['{}', 'ms is missing.'],
    ['[1]', 'The body must be a map, not a list.'],
  ])('the clock does not go by %s', async (body, message) => {
    const { engine } = await start({}, new VirtualClock());
    const answer = await send(`${engine}/__mock/clock/advance`, body);
    expect([answer.status, answer.json.error]).toEqual([400, message]);
    expect((await send(`${engine}/__mock/clock`)).json.nowMs).toBe(0);
  });

  it.each([
    ['PUT', 'index-faults', '{"frozen": true}', 'unknown key "frozen"'],
    ['PUT', 'index-faults', '{"lagMs": "5"}', 'lagMs must be a number'],
    ['PUT', 'index-faults', '{"lagMs": -5}', 'lagMs must be a number of at least 0'],
    [
      'PUT',
      'index-faults',
      '{"lie": "maybe"}',
      'lie must be one of off, wrong-instance, whole-prompt, not "maybe"',
    ],
    ['POST', 'workers', '{"instanceId": "x", "url": "file:///etc"}', 'the http URL'],
    ['POST', 'admissions', '{"instanceId": "engine-a", "events": [null]}', 'events'],
    [
      'POST',
      'admissions',
      '{"instanceId": "engine-a", "events": [{"location": "x", "event": {"type": "moved"}}]}',
      'events',
    ],
  ])('of the controller: %s %s refuses %s', async (method, path, body, message) => {
    const { controller } = await start();
    const answer = await send(`${controller}/__mock/${path}`, body, { method });
    expect(answer.status).toBe(400);
    expect(answer.json.error).toContain(message);
    const { index } = (await send(`${controller}/__mock/state`)).json;
    expect(index.faults).toEqual({ lagMs: 0, isFrozen: false, lie: 'off' });
    expect((await send(`${controller}/lookup`, { tokens: [1] })).status).toBe(200);
  });
});

describe('a snapshot that is wrong', () => {
  const block = { hash: 5, parentHash: null, tokens: [1], weight: 1 };
  const store = { blockSize: 16, blocks: [block], pins: [] };
  const snapshot = (gpu: object, more: object = {}): object => ({
    schema: 'kvcache.engine-snapshot/v1',
    stores: { GPU: { ...store, ...gpu }, ...more },
  });

  it.each([
    ['of another kind', { stores: {} }],
    ['with a block too long', snapshot({ blocks: [{ ...block, tokens: Array(17).fill(1) }] })],
    ['with a token that is none', snapshot({ blocks: [{ ...block, tokens: ['a'] }] })],
    ['with a hash that is none', snapshot({ blocks: [{ ...block, hash: 0 }] })],
    ['with a parent that is none', snapshot({ blocks: [{ ...block, parentHash: 'x' }] })],
    ['with a weight of nothing', snapshot({ blocks: [{ ...block, weight: 0 }] })],
    ['with a weight beyond a block', snapshot({ blocks: [{ ...block, weight: 2 }] })],
    ['with a pin that is none', snapshot({ pins: [{ hashes: ['a'], remainingMs: null }] })],
    ['with a lease that is none', snapshot({ pins: [{ hashes: [5], remainingMs: 'x' }] })],
    ['with blocks of another size', snapshot({ blockSize: 32 })],
    [
      'whose second tier alone does not fit',
      snapshot({}, { LocalCPUBackend: { ...store, blockSize: 128 } }),
    ],
  ])('%s is refused, and the cache stays as it was', async (_, body) => {
    const { engine } = await start();
    await chat(engine, 'before');
    const before = (await send(`${engine}/__mock/snapshot`)).text;
    const answer = await send(`${engine}/__mock/snapshot`, body, { method: 'PUT' });
    expect(answer.status).toBe(400);
    expect(answer.json.remedy).toContain('snapshot');
    expect((await send(`${engine}/__mock/snapshot`)).text).toBe(before);
  });

  it('is a conflict while the engine works', async () => {
    const { engine } = await start({ engines: [{ profile: '8b-h100' }] }, new VirtualClock());
    const { json: idle } = await send(`${engine}/__mock/snapshot`);
    const answer = chat(engine, 'busy');
    while ((await send(`${engine}/load`)).json.server_load === 0);
    const refused = await send(`${engine}/__mock/snapshot`, idle, { method: 'PUT' });
    expect([refused.status, refused.json.code]).toEqual([409, 'ENGINE_BUSY']);
    await send(`${engine}/__mock/clock/advance`, { ms: 60_000 });
    expect((await answer).status).toBe(200);
  });
});

describe('journal', () => {
  it('counts its entries right after a reset, and gives as many as are wanted', async () => {
    const { engine } = await start();
    for (const id of ['a', 'b', 'c']) await chat(engine, id);
    await send(`${engine}/__mock/reset`, { scope: 'journal' });
    for (const id of ['d', 'e']) await chat(engine, id);
    const { journal } = (await send(`${engine}/__mock/state`)).json;
    expect(journal).toEqual({ entries: 2, dropped: 0 });
    const keys = async (query: string): Promise<string[]> =>
      (await send(`${engine}/__mock/journal?${query}`)).json.entries.map(({ key }: Json) => key);
    expect(await keys('limit=1')).toEqual(['d']);
    expect(await keys('since=4')).toEqual(['e']);
    expect(await keys('limit=0')).toEqual([]);
  });
});

describe('fault rules', () => {
  it('are told as they were written, and can be put back', async () => {
    const { engine } = await start();
    const rules = [
      { when: { route: '/version' }, times: 2, do: { status: { code: 503 } } },
      { when: {}, do: { omitDone: {} } },
    ];
    await send(`${engine}/__mock/faults`, rules, { method: 'PUT' });
    const { json } = await send(`${engine}/__mock/faults`);
    expect(json.rules).toEqual(rules);
    expect((await send(`${engine}/__mock/faults`, json, { method: 'PUT' })).status).toBe(200);
  });
});
