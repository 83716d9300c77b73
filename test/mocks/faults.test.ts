import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { pollUntil } from '../../src/base/poll.ts';
import { readFaultHeader, readFaultRules } from '../../mocks/faults/fault-rule.ts';
import { watchFaultFile } from '../../mocks/faults/watch-rules.ts';
import {
  framesOf,
  type JsonAnswer,
  send,
  startTestFleet,
  type TestFleet,
} from '../helpers/mock-fleet.ts';

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
const rules = (list: unknown, url = engine): Promise<JsonAnswer> =>
  send(`${url}/__mock/faults`, { rules: list }, { method: 'PUT' });

describe('faults by header', () => {
  it('status, with a body and a Retry-After', async () => {
    const { status, headers, json } = await chat('status:code=429,retryAfter=3');
    expect([status, headers.get('retry-after'), json.error.code]).toEqual([429, '3', 429]);
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

  it('is refused when it cannot be read', async () => {
    expect((await chat('explode')).status).toBe(400);
    expect(
      (await send(`${controller}/lookup`, { tokens: [] }, { headers: { 'x-mock-fault': 'x' } }))
        .status,
    ).toBe(400);
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

  it('draw by request, not by order', async () => {
    await rules([{ when: { probability: 0.5 }, do: { status: { code: 500 } } }]);
    const ids = Array.from({ length: 40 }, (_, index) => `request-${index}`);
    const round = async (list: string[]): Promise<string[]> => {
      const answers = await Promise.all(
        list.map((id) =>
          send(`${engine}/v1/chat/completions`, body, { headers: { 'x-request-id': id } }),
        ),
      );
      return list.filter((_, index) => answers[index]!.status === 500).sort();
    };
    const failed = await round(ids);
    expect(failed.length).toBeGreaterThan(8);
    expect(failed.length).toBeLessThan(32);
    expect(await round(ids.toReversed())).toEqual(failed);
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

  it('are counted', async () => {
    await rules([{ do: { status: { code: 500 } } }]);
    const before = (await send(`${engine}/__mock/state`)).json.faults.status ?? 0;
    await chat();
    expect((await send(`${engine}/__mock/state`)).json.faults.status).toBe(before + 1);
    expect((await send(`${engine}/__mock/faults`)).json.rules).toHaveLength(1);
  });

  it('are read again when their file changes, and stay when it is broken', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'kvcache-faults-')), 'faults.yaml');
    writeFileSync(file, '[]');
    const problems: string[] = [];
    const stop = watchFaultFile(file, fleet.faultBooks, (problem) => problems.push(problem));
    try {
      const status = async (wanted: number): Promise<true | undefined> =>
        (await chat()).status === wanted ? true : undefined;
      const within = { clock: systemClock, deadlineMs: 10_000 };
      // Written again and again: a change before the watcher's first look is no change to it.
      const rewritten = (): Promise<true | undefined> => {
        writeFileSync(file, 'rules:\n  - do: { status: { code: 507 } }\n');
        return status(507);
      };
      expect(await pollUntil(rewritten, within)).toBe(true);
      writeFileSync(file, '- do: { explode: {} }');
      expect(await pollUntil(async () => problems[0], within)).toContain('unknown fault "explode"');
      expect(await status(507)).toBe(true);
    } finally {
      stop();
    }
  });
});

describe('the grammar', () => {
  it.each([
    [{}, 'must be a list'],
    [[{ do: {} }], 'rules[0].do must name exactly one fault'],
    [[{ do: { status: {} } }], 'rules[0].do.status.code is missing'],
    [[{ do: { status: { code: '500' } } }], 'rules[0].do.status.code must be a number'],
    [
      [{ do: { status: { code: 100 } } }],
      'rules[0].do.status.code must be a whole number from 200',
    ],
    [[{ do: { status: { code: 1_000 } } }], 'rules[0].do.status.code must be a whole number'],
    [[{ do: { status: { code: 503.5 } } }], 'rules[0].do.status.code must be a whole number'],
    [[{ do: { hang: { s: 1 } } }], 'unknown key "s"'],
    [[{ when: { rout: '/x' }, do: { omitDone: {} } }], 'rules[0].when has an unknown key "rout"'],
    [[{ times: 0, do: { omitDone: {} } }], 'rules[0].times'],
    [[{ do: { omitDone: {} }, also: 1 }], 'unknown key "also"'],
  ])('refuses %j', (value, message) => {
    expect(() => readFaultRules(value)).toThrow(message);
  });

  it('reads headers', () => {
    expect(readFaultHeader('crash: downMs=5, keepCache=true')).toEqual({
      kind: 'crash',
      downMs: 5,
      keepCache: true,
    });
    expect(() => readFaultHeader('constructor')).toThrow('unknown fault');
  });
});
