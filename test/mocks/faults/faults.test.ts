import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';
import { pollUntil } from '../../../src/base/poll.ts';
import {
  framesOf,
  type JsonAnswer,
  send,
  startTestFleet,
  type TestFleet,
} from '../../helpers/mock-fleet.ts';

let fleet: TestFleet;
let [engine, other, controller] = ['', '', ''];

beforeAll(async () => {
  fleet = await startTestFleet({});
  [engine, other] = fleet.urls.engines as [string, string];
  controller = fleet.urls.controller;
});
afterAll(() => fleet.close());
beforeEach(async () => {
  for (const url of [engine, other, controller])
    await send(`${url}/__mock/faults`, undefined, { method: 'DELETE' });
});

/** What fetch says of a connection that ends too early. */
const BROKEN = /fetch failed|terminated/;

const body = { model: 'mock-model', messages: [{ role: 'user', content: 'x' }], max_tokens: 6 };
const chat = (fault?: string, more: object = {}, url = engine): Promise<JsonAnswer> =>
  send(
    `${url}/v1/chat/completions`,
    { ...body, ...more },
    {
      ...(fault !== undefined && { headers: { 'x-mock-fault': fault } }),
    },
  );
/** What comes back before the connection ends, and how it ends. */
function rawPost(
  url: string,
  text: string,
  fault: string,
): Promise<{ received: string; end: 'fin' | 'rst' }> {
  const { port } = new URL(url);
  return new Promise((resolve) => {
    let received = '';
    // Byte by byte, or a reset that comes together with data looks like an orderly end.
    const onread = {
      buffer: Buffer.alloc(1),
      callback: (_bytes: number, byte: Uint8Array) => {
        received += String.fromCharCode(byte[0]!);
        return true;
      },
    };
    const socket = connect({ port: Number(port), host: '127.0.0.1', onread });
    socket.on('end', () => resolve({ received, end: 'fin' }));
    socket.on('error', () => resolve({ received, end: 'rst' }));
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: mock\r\ncontent-type: application/json\r\n` +
        `x-mock-fault: ${fault}\r\ncontent-length: ${text.length}\r\n\r\n${text}`,
    );
  });
}

const rules = (list: unknown, url = engine): Promise<JsonAnswer> =>
  send(`${url}/__mock/faults`, { rules: list }, { method: 'PUT' });

describe('faults by header', () => {
  it('status, with a body and a Retry-After', async () => {
    const { status, headers, json } = await chat('status:code=429,retryAfter=3');
    expect([status, headers.get('retry-after'), json.error.code]).toEqual([429, '3', 429]);
  });

  it.each([
    ['slow down', 'text/plain; charset=utf-8', 'slow down'],
    ['', 'text/plain; charset=utf-8', ''],
    [null, 'application/json', 'null'],
    [[1, 'é'], 'application/json', '[1,"é"]'],
  ])('status sends the body %j as %s, under its length', async (given, type, text) => {
    await rules([{ do: { status: { code: 503, body: given } } }]);
    const answer = await chat();
    expect(answer.headers.get('content-type')).toBe(type);
    expect(answer.headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
    expect(answer.text).toBe(text);
  });

  it('status 204 has neither body nor length', async () => {
    const answer = await chat('status:code=204');
    expect([answer.status, answer.text, answer.headers.get('content-length')]).toEqual([
      204,
      '',
      null,
    ]);
  });

  it('delay holds the answer back', async () => {
    const startedMs = performance.now();
    expect((await chat('delay:ms=80')).status).toBe(200);
    expect(performance.now() - startedMs).toBeGreaterThan(75);
  });

  it.each(['resetBeforeHeaders', 'hang:ms=20', 'closeAfter:tokens=1,mode=rst'])(
    '%s breaks the connection',
    async (fault) => {
      await expect(chat(fault, { stream: fault.startsWith('close') })).rejects.toThrow(BROKEN);
    },
  );

  it('closeAfter lets so many tokens through', async () => {
    const answer = await fetch(`${engine}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-mock-fault': 'closeAfter:tokens=2' },
      body: JSON.stringify({ ...body, stream: true }),
    });
    let text = '';
    const reading = (async () => {
      for await (const piece of answer.body!) text += Buffer.from(piece).toString();
    })();
    await expect(reading).rejects.toThrow(BROKEN);
    expect(framesOf(text)).toHaveLength(3);
  });

  it('stallAfter holds back what follows, then goes on', async () => {
    const startedMs = performance.now();
    const { text } = await chat('stallAfter:tokens=2,ms=60', { stream: true });
    expect(performance.now() - startedMs).toBeGreaterThan(55);
    expect(framesOf(text)).toHaveLength(8);
  });

  it('omitDone, badFrame and truncateJson break the format', async () => {
    const silent = framesOf((await chat('omitDone', { stream: true })).text);
    expect(silent).toHaveLength(7);
    expect(silent).not.toContain('[DONE]');
    const bad = framesOf((await chat('badFrame:at=3', { stream: true })).text);
    expect(bad.map((frame) => frame === undefined)).toEqual([
      false,
      false,
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
    await expect(chat('truncateJson:bytes=40')).rejects.toThrow(BROKEN);
  });

  it.each(['fin', 'rst'])('closeAfter cuts a JSON answer in half, with %s', async (mode) => {
    const text = JSON.stringify(body);
    const { received, end } = await rawPost(engine, text, `closeAfter:tokens=3,mode=${mode}`);
    const [head, cut] = received.split('\r\n\r\n') as [string, string];
    const length = Number(/content-length: (\d+)/i.exec(head)![1]);
    expect(cut).toHaveLength(length >> 1);
    expect(end).toBe(mode);
  });

  it.each(['fin', 'rst'])('closeAfter ends a stream behind its tokens, with %s', async (mode) => {
    const text = JSON.stringify({ ...body, stream: true });
    const { received, end } = await rawPost(engine, text, `closeAfter:tokens=2,mode=${mode}`);
    expect(received.match(/^data: /gm)).toHaveLength(3);
    expect(received).not.toMatch(/\[DONE\]|\r\n0\r\n/);
    expect(end).toBe(mode);
  });

  it('closeAfter 0 ms closes before anything is sent, even on an engine that needs no time', async () => {
    for (const stream of [false, true]) {
      const text = JSON.stringify({ ...body, stream });
      const { received, end } = await rawPost(engine, text, 'closeAfter:ms=0');
      expect([received, end]).toEqual(['', 'fin']);
    }
  });

  it.each(['explode', 'status:code=99', 'status:code=200.5', 'hang:ms=-1', 'closeAfter', ''])(
    'is refused as "%s", which cannot be read',
    async (fault) => {
      expect((await chat(fault)).status).toBe(400);
      const init = { headers: { 'x-mock-fault': fault } };
      expect((await send(`${controller}/lookup`, { tokens: [] }, init)).status).toBe(400);
    },
  );

  it.each([
    ['omitDone', false],
    ['stallAfter:tokens=1,ms=5', false],
    ['errorEvent:afterTokens=1', false],
    ['badFrame:at=1', false],
    ['truncateJson:bytes=5', true],
    ['health:state=down', false],
    ['metrics:freezeMs=5', false],
    ['lookup:lie=empty', false],
    ['kvEvents:drop=1', false],
  ])('is refused as %s where that changes nothing (stream: %s)', async (fault, stream) => {
    const before = (await send(`${engine}/__mock/state`)).json.faults;
    expect((await chat(fault, { stream })).status).toBe(400);
    expect((await send(`${engine}/__mock/state`)).json.faults).toEqual(before);
  });
});

describe('faults by rule', () => {
  it('strike where their conditions hold, the first that matches', async () => {
    await rules([
      {
        when: { route: '/v1/chat/completions', header: { 'x-tenant': 'a' } },
        do: { status: { code: 503 } },
      },
      { when: { bodyPath: { 'messages.0.content': 'bad' } }, do: { status: { code: 418 } } },
      { when: { engine: 'engine-b' }, do: { status: { code: 500 } } },
      { when: { minQueue: 1 }, do: { status: { code: 500 } } },
    ]);
    const tenant = await send(`${engine}/v1/chat/completions`, body, {
      headers: { 'x-tenant': 'a' },
    });
    expect(tenant.status).toBe(503);
    expect((await chat(undefined, { messages: [{ role: 'user', content: 'bad' }] })).status).toBe(
      418,
    );
    expect((await chat()).status).toBe(200);
  });

  it('count: nth, every, times', async () => {
    const statuses = async (rule: object): Promise<number[]> => {
      await rules([{ ...rule, do: { status: { code: 500 } } }]);
      const seen: number[] = [];
      for (let turn = 0; turn < 6; turn++) seen.push((await chat()).status);
      return seen;
    };
    expect(await statuses({ when: { nth: 2 } })).toEqual([200, 500, 200, 200, 200, 200]);
    expect(await statuses({ when: { every: 3 } })).toEqual([200, 200, 500, 200, 200, 500]);
    expect(await statuses({ times: 2 })).toEqual([500, 500, 200, 200, 200, 200]);
  });

  it('strike within their time, by the model asked for, and when enough requests wait', async () => {
    const clock = new VirtualClock();
    const profile = { base: '8b-h100', maxNumSeqs: 1 };
    const timed = await startTestFleet({ controller: null, engines: [{ profile }] }, clock);
    const url = timed.urls.engines[0]!;
    const probe = async (): Promise<number> => (await send(`${url}/v1/models`)).status;
    const advance = (ms: number): Promise<JsonAnswer> =>
      send(`${url}/__mock/clock/advance`, { ms });
    try {
      await rules([{ when: { afterMs: 10, untilMs: 20 }, do: { status: { code: 500 } } }], url);
      const seen = [await probe()];
      for (const ms of [9, 1, 9, 1]) {
        await advance(ms);
        seen.push(await probe());
      }
      expect(seen).toEqual([200, 200, 500, 500, 200]);

      const when = { route: '/v1/models', minQueue: 1 };
      await rules([{ when, do: { status: { code: 500 } } }], url);
      const answers: Promise<JsonAnswer>[] = [];
      for (const wanted of [200, 500]) {
        answers.push(chat(undefined, { max_tokens: 400, ignore_eos: true }, url));
        while ((await send(`${url}/load`)).json.server_load < answers.length);
        await advance(20);
        expect(await probe()).toBe(wanted);
      }
      await advance(60_000);
      expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200]);

      await rules([{ when: { model: 'other' }, do: { status: { code: 500 } } }], url);
      expect((await chat(undefined, { model: 'other' }, url)).status).toBe(500);
      expect((await chat(undefined, { model: 'another' }, url)).status).toBe(404);
    } finally {
      await timed.close();
    }
  });

  it('draw by request, not by order or concurrency, in the share asked for', async () => {
    await rules([{ when: { probability: 0.3 }, do: { status: { code: 500 } } }]);
    const ids = Array.from({ length: 400 }, (_, index) => `request-${index}`);
    const round = async (list: string[], concurrency: number): Promise<string[]> => {
      const left = [...list];
      const failed: string[] = [];
      const worker = async (): Promise<void> => {
        for (let id = left.shift(); id !== undefined; id = left.shift()) {
          const init = { headers: { 'x-request-id': id } };
          const { status } = await send(`${engine}/v1/chat/completions`, body, init);
          if (status === 500) failed.push(id);
        }
      };
      await Promise.all(Array.from({ length: concurrency }, worker));
      return failed.sort();
    };
    const failed = await round(ids, 1);
    // Three standard deviations of the binomial distribution: 3 · √(400 · 0.3 · 0.7) = 27.5.
    expect(Math.abs(failed.length - 120)).toBeLessThan(28);
    expect(await round(ids.toReversed(), 50)).toEqual(failed);
  });

  it.each([
    [0, 200],
    [1, 500],
  ])('draw never with probability 0, always with 1 (%d)', async (probability, wanted) => {
    await rules([{ when: { probability }, do: { status: { code: 500 } } }]);
    for (let turn = 0; turn < 5; turn++) {
      expect((await chat(undefined, { user: String(turn) })).status).toBe(wanted);
    }
  });

  it('take the engine down and bring it back without its cache', async () => {
    const long = { messages: [{ role: 'user', content: 'tree '.repeat(100) }] };
    await chat(undefined, long);
    await rules([{ times: 1, do: { crash: { downMs: 60 } } }]);
    await expect(chat()).rejects.toThrow(BROKEN);
    await expect(chat()).rejects.toThrow(BROKEN);
    const back = await pollUntil(() => chat(undefined, long).catch(() => undefined), {
      clock: systemClock,
      deadlineMs: 5_000,
    });
    expect(back?.json.usage.prompt_tokens_details.cached_tokens).toBe(0);
  });

  it.each([
    [{}, { counted: 2, isCaching: true }],
    [{ keepCounters: true }, { counted: 3, isCaching: true }],
    [{ prefixCaching: false }, { counted: 2, isCaching: false }],
  ])('bring it back as a crash of %j says', async (parameters, { counted, isCaching }) => {
    const own = await startTestFleet({
      controller: null,
      engines: [{ profile: { base: 'instant', tier: null } }],
    });
    const url = own.urls.engines[0]!;
    const long = { messages: [{ role: 'user', content: 'tree '.repeat(100) }] };
    try {
      await chat(undefined, long, url);
      await rules([{ times: 1, do: { crash: { downMs: 1, ...parameters } } }], url);
      await expect(chat(undefined, {}, url)).rejects.toThrow(BROKEN);
      await pollUntil(() => send(`${url}/version`).catch(() => undefined), {
        clock: systemClock,
        deadlineMs: 5_000,
      });
      await chat(undefined, long, url);
      const again = await chat(undefined, long, url);
      expect(again.json.usage.prompt_tokens_details.cached_tokens > 0).toBe(isCaching);
      const page = (await send(`${url}/metrics`)).text;
      const totalOf = (name: string): number => {
        const values = [...page.matchAll(new RegExp(`^${name}\\{.*\\} (\\d+)`, 'gm'))];
        return values.reduce((sum, [, value]) => sum + Number(value), 0);
      };
      expect(totalOf('vllm:request_success_total')).toBe(counted);
      expect(totalOf('vllm:time_to_first_token_seconds_count')).toBe(counted);
      expect(totalOf('vllm:prefix_cache_queries_total') > 0).toBe(isCaching);
      expect(page.includes('enable_prefix_caching="True"')).toBe(isCaching);
    } finally {
      await own.close();
    }
  });

  it('make other tokens of a text, the same for /tokenize and for completions', async () => {
    const prompt = 'a lighthouse in the north';
    const count = async (): Promise<number[]> => {
      const told = await send(`${engine}/tokenize`, { prompt, add_special_tokens: false });
      const asked = await send(`${engine}/v1/completions`, { prompt, max_tokens: 1 });
      return [told.json.count, asked.json.usage.prompt_tokens - 1];
    };
    const [before] = await count();
    await rules([{ do: { tokenizer: { cutAfter: 3 } } }]);
    const [told, asked] = await count();
    expect(told).toBeGreaterThan(before!);
    expect(asked).toBe(told);
  });

  it('a crash breaks the answers under way, too', async () => {
    const slow = await startTestFleet({ engines: [{ profile: '8b-h100' }] });
    const url = slow.urls.engines[0]!;
    try {
      const running = await fetch(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...body, max_tokens: 4_000, ignore_eos: true, stream: true }),
      });
      await rules([{ times: 1, do: { crash: { downMs: 60 } } }], url);
      await expect(chat(undefined, {}, url)).rejects.toThrow(BROKEN);
      await expect(running.text()).rejects.toThrow(BROKEN);
    } finally {
      await slow.close();
    }
  });

  it('make /health and /metrics lie', async () => {
    await rules([
      { when: { route: '/health' }, do: { health: { state: 'down' } } },
      { when: { route: '/metrics' }, times: 1, do: { metrics: { freezeMs: 60_000 } } },
    ]);
    expect((await send(`${engine}/health`)).status).toBe(503);
    const frozen = (await send(`${engine}/metrics`)).text;
    await chat();
    expect((await send(`${engine}/metrics`)).text).toBe(frozen);
  });

  it('make /metrics repeat itself for freezeMs, then tell the truth', async () => {
    const clock = new VirtualClock();
    const frozen = await startTestFleet({ controller: null, engines: [{}] }, clock);
    try {
      const url = frozen.urls.engines[0]!;
      const page = async (): Promise<string> => (await send(`${url}/metrics`)).text;
      await rules([{ times: 1, do: { metrics: { freezeMs: 100 } } }], url);
      const first = await page();
      expect(first).toContain('kvcache_mock_faults_total{kind="metrics"} 1');
      await chat(undefined, {}, url);
      await send(`${url}/__mock/clock/advance`, { ms: 99 });
      expect(await page()).toBe(first);
      await send(`${url}/__mock/clock/advance`, { ms: 1 });
      expect(await page()).not.toBe(first);
    } finally {
      await frozen.close();
    }
  });

  it.each([
    [true, /^HTTP\/1\.1 200 .*"finish_reason":null/s],
    [false, /^$/],
  ])('closeAfter so many ms frees the engine, too (stream: %s)', async (stream, received) => {
    const clock = new VirtualClock();
    const timed = await startTestFleet(
      { controller: null, engines: [{ profile: '8b-h100' }] },
      clock,
    );
    try {
      const url = timed.urls.engines[0]!;
      const text = JSON.stringify({ ...body, max_tokens: 4_000, ignore_eos: true, stream });
      const answer = rawPost(url, text, 'closeAfter:ms=200');
      while ((await send(`${url}/load`)).json.server_load === 0);
      await send(`${url}/__mock/clock/advance`, { ms: 199 });
      expect((await send(`${url}/load`)).json.server_load).toBe(1);
      await send(`${url}/__mock/clock/advance`, { ms: 1 });
      const { received: seen, end } = await answer;
      expect(seen).toMatch(received);
      expect(end).toBe('fin');
      const idle = async (): Promise<true | undefined> =>
        (await send(`${url}/load`)).json.server_load === 0 ? true : undefined;
      expect(await pollUntil(idle, { clock: systemClock, deadlineMs: 5_000 })).toBe(true);
    } finally {
      await timed.close();
    }
  });

  it('make /health flap: down for flapMs, up for flapMs, and so on', async () => {
    const clock = new VirtualClock();
    const flapping = await startTestFleet({ controller: null, engines: [{}] }, clock);
    try {
      const url = flapping.urls.engines[0]!;
      await rules([{ do: { health: { state: 'down', flapMs: 100 } } }], url);
      const seen: number[] = [];
      for (let half = 0; half < 4; half++) {
        seen.push((await send(`${url}/health`)).status);
        await send(`${url}/__mock/clock/advance`, { ms: 100 });
      }
      expect(seen).toEqual([503, 200, 503, 200]);
    } finally {
      await flapping.close();
    }
  });

  it('slow stretches exactly the times the model gives', async () => {
    const clock = new VirtualClock();
    const profile = { base: '8b-h100', jitter: { ttftCv: 0, itlCv: 0 }, timing: { apiMs: 0 } };
    const slow = await startTestFleet({ controller: null, engines: [{ profile }] }, clock);
    const url = slow.urls.engines[0]!;
    const ttftMs = async (fault: string | undefined, word: string): Promise<number> => {
      const messages = [{ role: 'user', content: `${word} `.repeat(200) }];
      const answer = chat(fault, { messages, max_tokens: 1 }, url);
      while ((await send(`${url}/load`)).json.server_load === 0);
      await send(`${url}/__mock/clock/advance`, { ms: 10_000 });
      await answer;
      const { entries } = (await send(`${url}/__mock/journal`)).json;
      return entries.at(-1).completion.ttftMs;
    };
    try {
      const plain = await ttftMs(undefined, 'tree');
      expect(await ttftMs('slow:factor=3', 'bush')).toBeCloseTo(3 * plain, 6);
    } finally {
      await slow.close();
    }
  });

  it('make the controller lie', async () => {
    const prompt = { messages: [{ role: 'user', content: 'lie '.repeat(400) }] };
    await chat(undefined, prompt);
    const { tokens } = (await send(`${engine}/tokenize`, prompt)).json;
    const layout = async (): Promise<unknown> =>
      (await send(`${controller}/lookup`, { tokens })).json.layout_info;
    expect(Object.keys((await layout()) as object)).toEqual(['engine-a']);
    await rules([{ do: { lookup: { lie: 'engine-z' } } }], controller);
    expect(Object.keys((await layout()) as object)).toEqual(['engine-z']);
    await rules([{ do: { lookup: { lie: 'empty' } } }], controller);
    expect(await layout()).toEqual({});
  });

  it('are not spent on requests they cannot change', async () => {
    const list = [
      { times: 1, do: { truncateJson: { bytes: 1 } } },
      { times: 1, do: { omitDone: {} } },
      { do: { health: { state: 'down' } } },
    ];
    await rules(list);
    expect((await send(`${engine}/v1/models`)).status).toBe(200);
    expect(framesOf((await chat(undefined, { stream: true })).text)).not.toContain('[DONE]');
    await expect(chat()).rejects.toThrow(BROKEN);
    expect((await send(`${engine}/ping`)).status).toBe(503);
  });

  it('can be put back as they were got', async () => {
    const list = [
      { when: { header: { 'x-tenant': 'a' }, every: 3 }, times: 2, do: { omitDone: {} } },
      { when: {}, do: { status: { code: 503, body: { why: ['x'] }, retryAfter: 1 } } },
    ];
    await rules(list);
    const { json } = await send(`${engine}/__mock/faults`);
    expect(json.rules).toEqual(list);
    expect((await send(`${engine}/__mock/faults`, json, { method: 'PUT' })).json.rules).toBe(2);
    expect((await send(`${engine}/__mock/faults`)).json.rules).toEqual(list);
    const refused = await rules([{ do: { explode: {} } }]);
    expect([refused.status, refused.json.code]).toEqual([400, 'FAULT_RULE_INVALID']);
    expect((await send(`${engine}/__mock/faults`)).json.rules).toEqual(list);
  });
});
