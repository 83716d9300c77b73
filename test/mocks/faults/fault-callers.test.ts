import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { pollUntil } from '../../../src/base/poll.ts';
import { type Json, send, startTestFleet, type TestFleet } from '../../helpers/mock-fleet.ts';

let fleet: TestFleet;
afterEach(() => fleet.close());

const chat = { messages: [{ role: 'user', content: 'x' }], max_tokens: 4 };
const within = { clock: systemClock, deadlineMs: 5_000 };
const journal = async (url: string): Promise<Json[]> =>
  (await send(`${url}/__mock/journal`)).json.entries;

describe('an engine', () => {
  let engine = '';
  beforeEach(async () => {
    fleet = await startTestFleet({ controller: null, engines: [{}] });
    engine = fleet.urls.engines[0]!;
  });

  it.each([
    ['explode', 'unknown fault "explode"'],
    ['omitDone', 'omitDone changes nothing about this request'],
  ])('says why it refuses the header %s, and journals it', async (fault, message) => {
    const headers = { 'x-mock-fault': fault };
    const { status, json } = await send(`${engine}/v1/chat/completions`, chat, { headers });
    expect([status, json.error.message]).toEqual([400, expect.stringContaining(message)]);
    expect(await journal(engine)).toMatchObject([{ status: 400, fault: null }]);
  });

  it('journals what is no JSON', async () => {
    await send(`${engine}/v1/chat/completions`, 'nope');
    expect(await journal(engine)).toMatchObject([{ status: 400, route: '/v1/chat/completions' }]);
  });

  it('journals a delayed request whose client left', async () => {
    const stop = new AbortController();
    const headers = { 'x-mock-fault': 'delay:ms=60000', 'x-request-id': 'left' };
    const left = send(`${engine}/v1/chat/completions`, chat, { headers, signal: stop.signal });
    const counted = async (): Promise<unknown> =>
      (await send(`${engine}/__mock/state`)).json.faults.delay;
    expect(await pollUntil(counted, within)).toBe(1);
    stop.abort();
    await expect(left).rejects.toThrow('aborted');
    const entry = await pollUntil(async () => (await journal(engine))[0], within);
    expect(entry).toMatchObject({ key: 'left', fault: 'delay', status: null, completion: null });
  });

  it('resets and journals what arrives, or goes on, while it is down', async () => {
    const port = Number(new URL(engine).port);
    const socket = connect(port, '127.0.0.1');
    const end = new Promise((resolve) => {
      socket.on('error', () => resolve('rst')).on('end', () => resolve('fin'));
    });
    socket.resume();
    const text = JSON.stringify(chat);
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nx-request-id: late\r\n` +
        `content-type: application/json\r\ncontent-length: ${text.length}\r\n\r\n{`,
    );
    const headers = { 'x-mock-fault': 'delay:ms=500', 'x-request-id': 'delayed' };
    const delayed = send(`${engine}/v1/chat/completions`, chat, { headers });
    const counted = async (): Promise<unknown> =>
      (await send(`${engine}/__mock/state`)).json.faults.delay;
    expect(await pollUntil(counted, within)).toBe(1);
    const crash = { headers: { 'x-mock-fault': 'crash:downMs=60000' } };
    await expect(send(`${engine}/version`, undefined, crash)).rejects.toThrow('fetch failed');
    socket.write(text.slice(1));
    expect(await end).toBe('rst');
    await expect(delayed).rejects.toThrow('fetch failed');
    expect(await journal(engine)).toMatchObject([
      { fault: 'crash', status: null },
      { key: 'late', fault: null, status: null },
      { key: 'delayed', fault: 'delay', status: null },
    ]);
  });

  it('journals the 200 of a stream that broke', async () => {
    await fleet.close();
    fleet = await startTestFleet({ controller: null, engines: [{ profile: '8b-h100' }] });
    engine = fleet.urls.engines[0]!;
    const headers = { 'x-mock-fault': 'closeAfter:tokens=1' };
    const stream = { ...chat, stream: true, max_tokens: 500, ignore_eos: true };
    await expect(send(`${engine}/v1/chat/completions`, stream, { headers })).rejects.toThrow(
      'terminated',
    );
    const entry = await pollUntil(async () => (await journal(engine))[0], within);
    expect(entry).toMatchObject({ fault: 'closeAfter', status: 200 });
  });
});

describe('the coordinator', () => {
  it('lies', async () => {
    fleet = await startTestFleet({ controller: { api: 'coordinator' }, engines: [{}] });
    const [engine] = fleet.urls.engines;
    const prompt = { messages: [{ role: 'user', content: 'lie '.repeat(800) }] };
    await send(`${engine}/v1/chat/completions`, prompt);
    const { tokens } = (await send(`${engine}/tokenize`, prompt)).json;
    const lookup = async (lie: string): Promise<Json> => {
      const body = { model_name: 'mock-model', world_size: 1, token_ids: tokens };
      const headers = { 'x-mock-fault': `lookup:lie=${lie}` };
      const url = `${fleet.urls.controller}/directory/lookup`;
      return (await send(url, body, { headers })).json;
    };
    const lied = await lookup('engine-z');
    expect(lied.chunks).toBeGreaterThan(1);
    for (const { placements } of lied.results) {
      expect(placements).toEqual([expect.objectContaining({ instance_id: 'engine-z' })]);
    }
    expect(await lookup('empty')).toEqual({ chunks: 0, results: [] });
  });
});
