import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { pollUntil } from '../../../src/base/poll.ts';
import { type Json, send, startTestFleet, type TestFleet } from '../../helpers/mock-fleet.ts';

let fleet: TestFleet;
let [engine, controller] = ['', ''];

beforeEach(async () => {
  fleet = await startTestFleet({ engines: [{}] });
  [engine, controller] = [fleet.urls.engines[0]!, fleet.urls.controller];
});
afterEach(() => fleet.close());

const chat = { messages: [{ role: 'user', content: 'x' }], max_tokens: 4 };
const stream = { ...chat, stream: true };

/** Sends with a fault, whatever comes of it. */
async function struck(url: string, body: object | undefined, fault: string): Promise<void> {
  const headers = { 'x-mock-fault': fault, 'x-request-id': fault };
  await send(url, body, { headers }).catch(() => undefined);
}

const entries = async (url: string): Promise<Json[]> =>
  (await send(`${url}/__mock/journal`)).json.entries;

/** Counters as `/__mock/state`, `/__mock/faults` and `/metrics` tell them, and the journal's. */
async function counts(url: string): Promise<Json> {
  const { text } = await send(`${url}/metrics`);
  const metrics = [...text.matchAll(/^kvcache_mock_faults_total\{kind="(\w+)"\} (\d+)$/gm)];
  const journal: Record<string, number> = {};
  for (const { fault } of await entries(url)) if (fault) journal[fault] = (journal[fault] ?? 0) + 1;
  return {
    state: (await send(`${url}/__mock/state`)).json.faults,
    admin: (await send(`${url}/__mock/faults`)).json.injected,
    metrics: Object.fromEntries(metrics.map(([, kind, value]) => [kind, Number(value)])),
    journal,
  };
}

describe('an engine', () => {
  it.each<[fault: string, path: string, body: object | undefined, status: number | null]>([
    ['status:code=503', '/v1/chat/completions', chat, 503],
    ['status:code=429', '/health', undefined, 429],
    ['delay:ms=1', '/v1/completions', { prompt: 'x' }, 200],
    ['delay:ms=1', '/v1/models', undefined, 200],
    ['hang:ms=1', '/v1/chat/completions', chat, null],
    ['slow:factor=2', '/v1/chat/completions', stream, 200],
    ['resetBeforeHeaders', '/tokenize', { prompt: 'x' }, null],
    ['closeAfter:tokens=1', '/v1/chat/completions', chat, 200],
    ['stallAfter:tokens=1,ms=1', '/v1/chat/completions', stream, 200],
    ['errorEvent:afterTokens=99', '/v1/chat/completions', stream, 200],
    ['omitDone', '/v1/completions', { prompt: 'x', stream: true }, 200],
    ['badFrame:at=1', '/v1/chat/completions', stream, 200],
    ['truncateJson:bytes=5', '/v1/chat/completions', chat, 200],
    ['health:state=down', '/health', undefined, 503],
    ['metrics:freezeMs=0', '/metrics', undefined, 200],
    ['tokenizer:cutAfter=2', '/tokenize', { prompt: 'tree' }, 200],
    ['crash:downMs=1', '/v1/chat/completions', chat, null],
  ])('journals and counts %s on %s', async (fault, path, body, status) => {
    await struck(engine + path, body, fault);
    await pollUntil(
      async () => ((await send(`${engine}/__mock/state`)).json.isDown ? undefined : true),
      { clock: systemClock, deadlineMs: 5_000 },
    );
    const [kind = ''] = fault.split(':');
    expect(await entries(engine)).toMatchObject([
      { route: path, method: body ? 'POST' : 'GET', key: fault, fault: kind, status },
    ]);
    const once = { [kind]: 1 };
    expect(await counts(engine)).toEqual({
      state: once,
      admin: once,
      metrics: once,
      journal: once,
    });
  });

  it('forgets rules and counts when it is told to', async () => {
    const rules = [{ do: { status: { code: 503 } } }];
    for (const scope of ['faults', 'all']) {
      await send(`${engine}/__mock/faults`, { rules }, { method: 'PUT' });
      await send(`${engine}/v1/models`);
      expect((await counts(engine)).state).toEqual({ status: expect.any(Number) });
      await send(`${engine}/__mock/reset`, { scope });
      expect((await send(`${engine}/__mock/faults`)).json).toEqual({ rules: [], injected: {} });
    }
  });

  it('thaws its metrics when it is told to', async () => {
    const headers = { 'x-mock-fault': 'metrics:freezeMs=60000' };
    const frozen = (await send(`${engine}/metrics`, undefined, { headers })).text;
    await send(`${engine}/v1/chat/completions`, chat);
    expect((await send(`${engine}/metrics`)).text).toBe(frozen);
    await send(`${engine}/__mock/reset`, { scope: 'faults' });
    expect((await send(`${engine}/metrics`)).text).not.toBe(frozen);
  });

  it('has a request that hangs in its journal at once', async () => {
    const stop = new AbortController();
    const hanging = send(`${engine}/v1/chat/completions`, chat, {
      headers: { 'x-mock-fault': 'hang' },
      signal: stop.signal,
    });
    const found = await pollUntil(async () => (await entries(engine))[0], {
      clock: systemClock,
      deadlineMs: 5_000,
    });
    expect(found).toMatchObject({ fault: 'hang', status: null });
    stop.abort();
    await expect(hanging).rejects.toThrow('aborted');
  });

  it('can be judged by the requests it refused', async () => {
    const list = [{ when: { nth: 1 }, do: { status: { code: 503, retryAfter: 1 } } }];
    await send(`${engine}/__mock/faults`, { rules: list }, { method: 'PUT' });
    await send(`${engine}/v1/chat/completions`, chat);
    const rule = { id: 'quiet', where: { status: 503, fault: 'status' }, quietAfterMs: 60_000 };
    const judged = async (): Promise<boolean> =>
      (await send(`${engine}/__mock/verify`, [rule])).json.passed;
    expect(await judged()).toBe(true);
    const { atMs } = (await entries(engine))[0];
    await pollUntil(async () => (Date.now() > atMs ? true : undefined), {
      clock: systemClock,
      deadlineMs: 5_000,
    });
    await send(`${engine}/v1/chat/completions`, chat);
    expect(await judged()).toBe(false);
  });
});

describe('a controller', () => {
  it.each<[fault: string, path: string, status: number | null]>([
    ['status:code=503', '/lookup', 503],
    ['delay:ms=1', '/health', 422],
    ['hang:ms=1', '/lookup', null],
    ['resetBeforeHeaders', '/nowhere', null],
    ['lookup:lie=empty', '/lookup', 200],
  ])('journals and counts %s on %s', async (fault, path, status) => {
    await struck(controller + path, { tokens: [] }, fault);
    const [kind = ''] = fault.split(':');
    expect(await entries(controller)).toMatchObject([{ route: path, fault: kind, status }]);
    const { state, journal } = await counts(controller);
    expect([state, journal]).toEqual([{ [kind]: 1 }, { [kind]: 1 }]);
  });
});
