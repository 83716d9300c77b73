import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../../src/base/clock.ts';
import { startEngine, startFleet } from '../../../mocks/parity/fleet.ts';
import { toyTokens } from '../../../mocks/kv/toy-tokens.ts';
import { readyLine, type RunningMock } from '../../../mocks/running-mock.ts';

let mocks: RunningMock[];
let [controller, engineA, engineB] = ['', '', ''];

/** Answers at once unless the environment says otherwise. */
async function start(env: Record<string, string> = {}, flags: { preferred?: string } = {}) {
  mocks = await startFleet({
    flags: { portBase: 0, ...flags },
    env: { MOCK_LLM_RESPONSE_DELAY_MS: '0', ...env },
    clock: systemClock,
  });
  [controller, engineA, engineB] = mocks.map(({ url }) => url) as [string, string, string];
}

beforeEach(() => start());
afterEach(async () => {
  await Promise.all(mocks.map((mock) => mock.close()));
});

interface Answer {
  status: number;
  type: string | null;
  text: string;
}

async function call(url: string, init: RequestInit = {}): Promise<Answer> {
  const answer = await fetch(url, init);
  return {
    status: answer.status,
    type: answer.headers.get('content-type'),
    text: await answer.text(),
  };
}

const post = (url: string, body?: string): Promise<Answer> =>
  call(url, { method: 'POST', ...(body !== undefined && { body }) });

const stats = async (url: string): Promise<Record<string, unknown>> =>
  JSON.parse((await call(`${url}/stats`)).text) as Record<string, unknown>;

describe('parity controller', () => {
  it.each(['GET', 'POST', 'DELETE'])('answers /health to %s', async (method) => {
    expect(await call(`${controller}/health`, { method })).toEqual({
      status: 200,
      type: 'application/json',
      text: '{"ok":true,"component":"mock-controller"}\n',
    });
  });

  it('looks up a static layout that favours the preferred instance', async () => {
    expect(await post(`${controller}/lookup`, '{"tokens":[1,2,3,4,5]}')).toEqual({
      status: 200,
      type: 'application/json',
      text: '{"event_id":"lookup-1","layout_info":{"mock-llm-a":{"0":"ram-a","1":2},"mock-llm-b":{"0":"ram-b","1":8}}}\n',
    });
  });

  it.each(['{"tokens":[]}', '{}', 'null', '{"tokens":null}'])(
    'takes no tokens in %s for one token',
    async (body) => {
      expect((await post(`${controller}/lookup`, body)).text).toContain(
        '{"mock-llm-a":{"0":"ram-a","1":1},"mock-llm-b":{"0":"ram-b","1":4}}',
      );
    },
  );

  it.each(['', '{', '[1]', '"x"', '{"tokens":"1"}', '{"tokens":[1.5]}', '{"tokens":["1"]}'])(
    'refuses the body %j and counts a failure, not a call',
    async (body) => {
      expect(await post(`${controller}/lookup`, body)).toEqual({
        status: 400,
        type: 'application/json',
        text: '{"error":"invalid request"}\n',
      });
      expect(await stats(controller)).toMatchObject({ lookup_calls: 0, lookup_failure: 1 });
    },
  );

  it('numbers events over all operations and counts each', async () => {
    const texts = [];
    for (const operation of ['pin', 'compress', 'evict', 'lookup', 'pin']) {
      texts.push(
        (await post(`${controller}/${operation}`, '{"tokens":[7,8],"location":"x"}')).text,
      );
    }
    expect(texts.filter((text) => text.includes('num_tokens'))).toEqual([
      '{"event_id":"pin-1","num_tokens":2}\n',
      '{"event_id":"compress-2","num_tokens":2}\n',
      '{"event_id":"evict-3","num_tokens":2}\n',
      '{"event_id":"pin-5","num_tokens":2}\n',
    ]);
    const text = (await call(`${controller}/stats`)).text;
    expect(text.replace(/\d{13}/, 'NOW')).toBe(
      '{"lookup_calls":1,"lookup_success":1,"lookup_failure":0,"pin_calls":2,"compress_calls":1,"evict_calls":1,"preferred_endpoint":"mock-llm-b","timestamp_unix_milli":NOW}\n',
    );
  });

  it('resets the counters and leaves the event numbers', async () => {
    await post(`${controller}/pin`, '{}');
    expect((await post(`${controller}/reset`)).text).toBe('{"ok":true}\n');
    expect(await stats(controller)).toMatchObject({ pin_calls: 0 });
    expect((await post(`${controller}/pin`, '{}')).text).toContain('"pin-2"');
  });

  it.each(['/lookup', '/pin', '/compress', '/evict', '/reset'])(
    'allows only POST on %s',
    async (path) => {
      expect(await call(controller + path)).toEqual({
        status: 405,
        type: 'application/json',
        text: '{"error":"method not allowed"}\n',
      });
    },
  );

  it("answers an unknown path as Go's mux does", async () => {
    expect(await call(`${controller}/nowhere`)).toEqual({
      status: 404,
      type: 'text/plain; charset=utf-8',
      text: '404 page not found\n',
    });
  });

  it('refuses a body over the limit before reading it', async () => {
    const { port } = new URL(controller);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write('POST /lookup HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n{');
    expect(await untilClosed(socket)).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('drops a connection whose request head is not there within 3 s', async () => {
    const { port } = new URL(controller);
    const startedMs = performance.now();
    const socket = connect(Number(port), '127.0.0.1');
    socket.write('GET /health HTTP/1.1\r\nHost: x\r\n');
    expect(await untilClosed(socket)).toBe('');
    const tookMs = performance.now() - startedMs;
    expect(tookMs).toBeGreaterThan(2_900);
    expect(tookMs).toBeLessThan(6_000);
  });
});

describe('parity environment', () => {
  it('takes ids and the preferred endpoint from the environment, blank meaning unset', async () => {
    await Promise.all(mocks.map((mock) => mock.close()));
    await start({ PREFERRED_ENDPOINT_ID: 'mock-llm-a', LLM_A_ID: '  ', LLM_B_ID: 'other' });
    expect(mocks.map(({ id }) => id)).toEqual(['mock-controller', 'mock-llm-a', 'other']);
    expect((await post(`${controller}/lookup`, '{"tokens":[1,2,3,4]}')).text).toContain(
      '{"mock-llm-a":{"0":"ram-a","1":7},"mock-llm-b":{"0":"ram-b","1":2}}',
    );
  });

  it('lets a flag beat the environment', async () => {
    await Promise.all(mocks.map((mock) => mock.close()));
    await start({ PREFERRED_ENDPOINT_ID: 'mock-llm-a' }, { preferred: 'engine-x' });
    expect((await post(`${controller}/lookup`, '{"tokens":[1,2]}')).text).toContain(
      '{"engine-x":{"0":"ram-b","1":5},"mock-llm-a":{"0":"ram-a","1":1}}',
    );
  });

  it('reads listen addresses as Go does', async () => {
    await Promise.all(mocks.map((mock) => mock.close()));
    mocks = await startFleet({
      flags: {},
      env: { LMCACHE_ADDR: ':0', LLM_A_ADDR: '127.0.0.1:0', LLM_B_ADDR: 'localhost:0' },
      clock: systemClock,
    });
    for (const mock of mocks) expect((await call(`${mock.url}/health`)).status).toBe(200);
  });

  it('says where it is in one line', () => {
    const line = JSON.parse(readyLine(mocks, true, 7)) as Record<string, unknown>;
    expect(line).toEqual({
      ready: true,
      controller: {
        role: 'controller',
        id: 'mock-controller',
        url: controller,
        metricsUrl: null,
        adminUrl: controller,
        pid: 7,
      },
      engines: [engineA, engineB].map((url, index) => ({
        role: 'engine',
        id: ['mock-llm-a', 'mock-llm-b'][index],
        url,
        metricsUrl: null,
        adminUrl: url,
        pid: 7,
      })),
      gateway: null,
      workDir: null,
    });
  });
});

/** Runs what waits at once, and notes how long it would have waited. */
function hastyClock(waits: number[]): Clock {
  const at: Clock['at'] = (atMs, run) => {
    waits.push(Math.round(atMs));
    setImmediate(run);
    return () => {};
  };
  return { nowMs: () => 0, wallMs: () => 0, at };
}

describe('the pause before an answer', () => {
  it.each([
    [undefined, undefined, 150],
    [' ', undefined, 150],
    ['fast', undefined, 150],
    ['-1', undefined, 150],
    ['1.5', undefined, 150],
    [' 40 ', undefined, 40],
    ['40', 7, 7],
  ])('is as the sample reads %j, and a flag of %j beats it', async (text, delayMs, expected) => {
    const waits: number[] = [];
    const engine = await startEngine({
      flags: { portBase: 0, delay: delayMs },
      env: { MOCK_LLM_RESPONSE_DELAY_MS: text },
      clock: hastyClock(waits),
    });
    const answer = await post(`${engine.url}/v1/chat/completions`, '{}');
    await engine.close();
    expect([answer.status, waits]).toEqual([200, [expected]]);
  });
});

describe('parity engines', () => {
  it('say who they are and whether they tokenize', async () => {
    expect((await call(`${engineA}/health`)).text).toBe(
      '{"ok":true,"engine":"mock-llm-a","tokenize_enabled":true}\n',
    );
    expect((await call(`${engineB}/health`)).text).toBe(
      '{"ok":true,"engine":"mock-llm-b","tokenize_enabled":false}\n',
    );
  });

  it('tokenize only on A', async () => {
    expect(await post(`${engineA}/tokenize`, '{"prompt":"hi there"}')).toEqual({
      status: 200,
      type: 'application/json',
      text: '{"count":2,"tokens":[210,538],"max_model_len":8192}\n',
    });
    expect(await post(`${engineB}/tokenize`, '{"prompt":"hi"}')).toEqual({
      status: 404,
      type: 'application/json',
      text: '{"error":"tokenize not available on this instance"}\n',
    });
  });

  it.each([
    ['{"prompt":["a",1,"b"]}', [98, 100]],
    ['{"messages":[{"content":"a"},{"content":[{"text":"no"}]},{"content":"b"}]}', [98, 100]],
    ['{"prompt":"  "}', [0]],
    ['not json', [0]],
    ['{}', [0]],
  ])('take the prompt of %s', async (body, tokens) => {
    const answer = JSON.parse((await post(`${engineA}/tokenize`, body)).text) as object;
    expect(answer).toEqual({ count: tokens.length, tokens, max_model_len: 8192 });
  });

  it('answer a chat with a constant, HTML-safe as Go writes it', async () => {
    const answer = await post(`${engineB}/v1/chat/completions`, '{"model":"a<b"}');
    expect(answer.text).toBe(
      '{"id":"chatcmpl-1","object":"chat.completion","model":"a\\u003cb","served_by":"mock-llm-b","choices":[{"index":0,"message":{"role":"assistant","content":"mock response from mock-llm-b"}}],"usage":{"prompt_tokens":8,"completion_tokens":8,"total_tokens":16}}\n',
    );
  });

  it('tolerate an undecodable chat body', async () => {
    const answer = await post(`${engineA}/v1/chat/completions`, 'nonsense');
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toMatchObject({ model: 'mock-model' });
  });

  it('count calls and reset them', async () => {
    await post(`${engineA}/tokenize`, '{}');
    await post(`${engineA}/v1/chat/completions`, '{}');
    await post(`${engineB}/v1/chat/completions`, '{}');
    const shown = async (url: string): Promise<string> =>
      (await call(`${url}/stats`)).text.replace(/\d{13}/, 'NOW');
    expect(await shown(engineA)).toBe(
      '{"tokenize_calls":1,"chat_calls":1,"engine_id":"mock-llm-a","timestamp_unix_milli":NOW}\n',
    );
    expect(await shown(engineB)).toBe(
      '{"chat_calls":1,"engine_id":"mock-llm-b","timestamp_unix_milli":NOW}\n',
    );
    await post(`${engineA}/reset`);
    expect(await stats(engineA)).toMatchObject({ tokenize_calls: 0, chat_calls: 0 });
  });

  it.each(['/tokenize', '/v1/chat/completions', '/reset'])(
    'allow only POST on %s',
    async (path) => {
      expect((await call(engineA + path)).status).toBe(405);
    },
  );
});

describe('toy tokens', () => {
  it('count code points, not UTF-16 units', () => {
    expect(toyTokens('😀')).toEqual([(0x1f600 % 997) + 1]);
  });

  it('part words at what Go calls white space', () => {
    expect(toyTokens('a\u0085b')).toHaveLength(2);
    expect(toyTokens('a\ufeffb')).toHaveLength(1);
  });
});

function untilClosed(socket: ReturnType<typeof connect>): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return new Promise((resolve) => {
    socket.on('close', () => resolve(text));
    socket.on('error', () => {});
  });
}
