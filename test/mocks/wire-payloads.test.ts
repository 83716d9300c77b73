import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { usageOf } from '../../src/protocol/chat-evidence.ts';
import { choicesOf } from '../../src/protocol/chat-output.ts';
import { decodeDirectory } from '../../src/protocol/lmcache-directory.ts';
import { decodeLookup } from '../../src/protocol/lmcache.ts';
import { parseMetrics } from '../../src/protocol/prometheus.ts';
import { SseParser } from '../../src/protocol/sse.ts';
import { decodeTokenized } from '../../src/protocol/vllm.ts';
import {
  framesOf,
  type Json,
  send,
  startTestFleet,
  type TestFleet,
} from '../helpers/mock-fleet.ts';

// Answers of the real systems, written down once: the mocks answer alike, the clients read them.

const HIT = { event_id: 'Lookup6b1e', layout_info: { 'engine-b': ['LocalCPUBackend', 512] } };
const MIXED = {
  event_id: 'Lookup6b1f',
  layout_info: { 'engine-a': ['LocalCPUBackend', 256], 'engine-b': ['LocalCPUBackend', 512] },
};
const TOY = {
  event_id: 'lookup-1',
  layout_info: { 'engine-b': { '0': 'LocalCPUBackend', '1': 512 } },
};
const INVALID = {
  detail: [
    {
      type: 'missing',
      loc: ['body', 'tokens'],
      msg: 'Field required',
      input: { prompt: 'x' },
    },
  ],
};
const WORKERS = {
  workers: [
    {
      instance_id: 'engine-a',
      worker_id: 0,
      ip: '10.0.0.7',
      port: 8001,
      peer_init_url: '10.0.0.7:8001',
      registration_time: 1.79e9,
      last_heartbeat_time: 1.79e9,
      key_count: 3,
    },
  ],
  total_count: 1,
};
const CHAT_TOKENS = { count: 3, max_model_len: 4096, tokens: [1, 306, 2], token_strs: null };
const TEXT_TOKENS = { count: 2, max_model_len: 4096, tokens: [1, 306], token_strs: ['<s>', 'hi'] };
const CHAT = {
  id: 'chatcmpl-9f',
  object: 'chat.completion',
  created: 1_790_000_000,
  model: 'm',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'ok', reasoning: null },
      logprobs: null,
      finish_reason: 'stop',
      stop_reason: null,
    },
  ],
  usage: {
    prompt_tokens: 600,
    total_tokens: 601,
    completion_tokens: 1,
    prompt_tokens_details: { cached_tokens: 592 },
  },
};
const COLD = { ...CHAT, usage: { ...CHAT.usage, prompt_tokens_details: null } };
const CHUNK = { ...CHAT, object: 'chat.completion.chunk', choices: [{}], usage: undefined };
const STREAM = [
  {
    ...CHUNK,
    choices: [
      { index: 0, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null },
    ],
    prompt_token_ids: null,
    prompt_text: null,
  },
  {
    ...CHUNK,
    choices: [
      {
        index: 0,
        delta: { content: 'ok' },
        logprobs: null,
        finish_reason: 'stop',
        stop_reason: null,
        token_ids: null,
      },
    ],
  },
  {
    ...CHUNK,
    choices: [],
    usage: { prompt_tokens: 600, total_tokens: 601, completion_tokens: 1 },
    system_fingerprint: 'vllm-0.32.0-0123abcd',
  },
];
const METRICS = [
  'vllm:prefix_cache_queries_total{engine="0",model_name="m"} 1200.0',
  'vllm:prefix_cache_hits_total{engine="0",model_name="m"} 592.0',
  'vllm:request_success_total{engine="0",finished_reason="stop",model_name="m"} 2.0',
].join('\n');
const CHUNK_PLACES = {
  chunks: 1,
  results: [
    {
      key: {
        chunk_hash_hex: '0123456789abcdef'.repeat(4),
        model_name: 'm',
        kv_rank: 16_777_472,
        object_group_id: 0,
        cache_salt: '',
      },
      placements: [
        {
          instance_id: 'engine-a',
          incarnation: 1_796_006_553,
          tier: 'l1',
          backend: 'dram',
          size_bytes: 1_572_864,
          shared: false,
        },
      ],
      token_ids: Array<number>(256).fill(7),
      access_count: 0,
    },
  ],
};

/** Names and types only; the elements of a list one by one, but numbers as one. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) {
    const isNumbers = value.length > 0 && value.every((item) => typeof item === 'number');
    return isNumbers ? 'numbers' : value.map(shapeOf);
  }
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, shapeOf(member)]));
}

/** Mocks may say more than was written down, never less. */
function expectShape(answer: unknown, payload: unknown): void {
  expect(shapeOf(answer)).toMatchObject(shapeOf(payload) as object);
}

let legacy: TestFleet;
let toy: TestFleet;
let coordinator: TestFleet;
const words = (count: number): string => Array(count).fill('tree').join(' ');
const prompt = (text: string): Json => ({
  messages: [{ role: 'user', content: text }],
  max_tokens: 1,
});
const at = { instance_id: 'engine-b', location: 'LocalCPUBackend' };

beforeAll(async () => {
  const engines = [
    { model: 'm', count: 2 },
    { id: 'silent', promptTokensDetails: false },
  ];
  legacy = await startTestFleet({ engines });
  toy = await startTestFleet({ controller: { api: 'toy' } });
  coordinator = await startTestFleet({
    controller: { api: 'coordinator' },
    engines: [{ model: 'm' }],
  });
});
afterAll(async () => {
  await Promise.all([legacy, toy, coordinator].map((fleet) => fleet.close()));
});

/** The engine computes the prompt; returns its tokens. */
async function warm(fleet: TestFleet, engine: number, text: string): Promise<number[]> {
  const url = fleet.urls.engines[engine]!;
  await send(`${url}/v1/chat/completions`, prompt(text));
  return (await send(`${url}/tokenize`, prompt(text))).json.tokens as number[];
}

describe('the mocks answer as the real payload', () => {
  const engine = (path: string): string => legacy.urls.engines[0]! + path;
  const controller = (path: string): string => legacy.urls.controller + path;

  it('of /tokenize', async () => {
    const chat = { ...prompt('hi'), add_generation_prompt: true };
    expectShape((await send(engine('/tokenize'), chat)).json, CHAT_TOKENS);
    const text = { prompt: 'hi', return_token_strs: true };
    const { json } = await send(engine('/tokenize'), text);
    expectShape(json, TEXT_TOKENS);
    expect(json.token_strs).toEqual(TEXT_TOKENS.token_strs);
    const bad = await send(engine('/tokenize'), { prompt: ['a', 'b'] });
    expect([bad.status, bad.json.error.type]).toEqual([400, 'Bad Request']);
  });

  it('of /lookup: a hit, two holders, nothing, a bad request, the toy', async () => {
    const lookup = async (tokens: number[]): Promise<Json> =>
      (await send(controller('/lookup'), { tokens })).json;
    const start = `mixed ${words(300)}`;
    await warm(legacy, 0, start);
    expectShape(await lookup(await warm(legacy, 1, `${start} ${words(300)}`)), MIXED);
    expectShape(await lookup(await warm(legacy, 1, `hit ${words(700)}`)), HIT);
    expectShape(await lookup([1, 2]), { event_id: 'Lookup', layout_info: {} });
    const invalid = await send(controller('/lookup'), { prompt: 'x' });
    expect([invalid.status, invalid.text]).toEqual([422, JSON.stringify(INVALID)]);
    const tokens = await warm(toy, 1, words(700));
    expectShape((await send(`${toy.urls.controller}/lookup`, { tokens })).json, TOY);
  });

  it('of the operations', async () => {
    const tokens = await warm(legacy, 1, `operate ${words(700)}`);
    const done = (event: string, count: number): Json => ({
      event_id: expect.stringContaining(event) as string,
      num_tokens: count,
    });
    const post = async (path: string, body: object): Promise<[number, Json]> => {
      const { status, json } = await send(controller(path), body);
      return [status, json];
    };
    const held = Math.floor(tokens.length / 256) * 256;
    const places = {
      old_position: ['engine-b', 'LocalCPUBackend'],
      new_position: ['engine-a', 'LocalCPUBackend'],
    };
    const move = { ...places, tokens, should_copy: true };
    expect(await post('/move', move)).toEqual([200, done('Move', held)]);
    const compress = { ...at, method: 'cachegen', tokens };
    expect(await post('/compress', compress)).toEqual([200, done('Compress', held)]);
    expect(await post('/pin', { ...at, tokens })).toEqual([200, done('Pin', held)]);
    expect(await post('/pin', { ...at, tokens: [1] })).toEqual([200, done('Pin', 0)]);
    const nobody = { ...at, instance_id: 'nobody', tokens };
    const nobodyPinned = 'The number of tokens pinned should be the same across all workers.';
    expect(await post('/pin', nobody)).toEqual([500, { detail: nobodyPinned }]);
    expect(await post('/clear', { ...at, instance_id: 'engine-a' })).toEqual([
      200,
      done('Clear', expect.any(Number) as number),
    ]);
    expect(await post('/evict', { ...at, tokens })).toEqual([404, { detail: 'Not Found' }]);
    expect(await post('/check_finish', { event_id: 'x' })).toEqual([500, { detail: '' }]);
    expect(await post('/health', { instance_id: 'engine-b' })).toEqual([
      200,
      { event_id: expect.stringContaining('health') as string, error_codes: { '0': 0 } },
    ]);
    const { json } = await send(controller('/controller/workers'));
    expectShape({ ...json, workers: json.workers.slice(0, 1) }, WORKERS);
  });

  it('of the coordinator', async () => {
    const ask = async (tokens: number[]): Promise<Json> =>
      (
        await send(`${coordinator.urls.controller}/directory/lookup`, {
          model_name: 'm',
          world_size: 1,
          token_ids: tokens,
          cache_salt: '',
        })
      ).json;
    expectShape(await ask(await warm(coordinator, 0, words(300))), CHUNK_PLACES);
    expect(await ask([1, 2, 3])).toEqual({ chunks: 0, results: [] });
  });

  it('of a chat, with the engine silent on caching, and of an unknown model', async () => {
    expectShape((await send(engine('/v1/chat/completions'), prompt('chat'))).json, CHAT);
    const silent = `${legacy.urls.engines[2]}/v1/chat/completions`;
    expectShape((await send(silent, prompt('chat'))).json, COLD);
    const unknown = await send(engine('/v1/chat/completions'), { ...prompt('x'), model: 'x' });
    expect([unknown.status, unknown.text]).toEqual([
      404,
      '{"error":{"message":"The model `x` does not exist. Valid aliases: m.","type":"NotFoundError","param":"model","code":404}}',
    ]);
  });

  it('of a stream, whose chunks have nothing more than that', async () => {
    const body = { ...prompt('chat'), stream: true, stream_options: { include_usage: true } };
    const url = `${legacy.urls.engines[2]}/v1/chat/completions`;
    const frames = framesOf((await send(url, body)).text);
    expect(frames.pop()).toBe('[DONE]');
    const { served_by: _addition, ...opening } = frames[0];
    expect([opening, ...frames.slice(1)].map(shapeOf)).toEqual(STREAM.map(shapeOf));
  });

  it('of /metrics', async () => {
    const { text } = await send(engine('/metrics'));
    const samples = (page: string): string[] =>
      parseMetrics(page).flatMap((family) =>
        family.samples.map(({ name, labels }) => `${name} ${JSON.stringify(labels)}`),
      );
    expect(samples(text)).toEqual(expect.arrayContaining(samples(METRICS)));
  });
});

describe('the clients read the real payload', () => {
  it('of /tokenize, also that of SGLang, and not that of a batch', () => {
    const read = { tokens: [1, 306, 2], maxModelLength: 4096 };
    expect(decodeTokenized(CHAT_TOKENS)).toEqual(read);
    expect(decodeTokenized(TEXT_TOKENS)?.tokens).toEqual([1, 306]);
    const sglang = { tokens: [1, 306], count: 2, max_model_len: 32_768 };
    expect(decodeTokenized(sglang)).toEqual({ tokens: [1, 306], maxModelLength: 32_768 });
    expect(decodeTokenized({ ...sglang, tokens: [[1], [306]] })).toBeUndefined();
  });

  it('of /lookup', () => {
    const b = { instanceId: 'engine-b', location: 'LocalCPUBackend', matchedTokens: 512 };
    const a = { instanceId: 'engine-a', location: 'LocalCPUBackend', matchedTokens: 256 };
    expect(decodeLookup(HIT)).toEqual({ shape: 'array', holdings: [b] });
    expect(decodeLookup(MIXED)).toEqual({ shape: 'array', holdings: [a, b] });
    expect(decodeLookup(TOY)).toEqual({ shape: 'object', holdings: [b] });
    const empty = { event_id: 'Lookup', layout_info: {} };
    expect(decodeLookup(empty)).toEqual({ shape: 'none', holdings: [] });
    expect(decodeLookup(INVALID)).toBeUndefined();
  });

  it('of the coordinator', () => {
    expect(decodeDirectory(CHUNK_PLACES, 300)?.holdings).toEqual([
      { instanceId: 'engine-a', location: 'l1', matchedTokens: 256 },
    ]);
    expect(decodeDirectory({ chunks: 0, results: [] }, 300)?.holdings).toEqual([]);
  });

  it('of a chat: what is not said is unknown, not zero', () => {
    const usage = { promptTokens: 600, completionTokens: 1 };
    expect(usageOf(CHAT)).toEqual({ ...usage, cachedTokens: 592 });
    expect(usageOf(COLD)).toEqual({ ...usage, cachedTokens: undefined });
    expect(choicesOf(CHAT)?.text).toBe('ok');
  });

  it('of a stream, an error in its middle included', () => {
    const parser = new SseParser();
    const error = { error: { message: 'x', type: 'InternalServerError', param: null, code: 500 } };
    const text = [...STREAM, error].map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join('');
    const events = parser.push(Buffer.from(`${text}data: [DONE]\n\n`));
    expect(events.pop()?.data).toBe('[DONE]');
    const bodies = events.map(({ data }): Json => JSON.parse(data));
    expect(bodies.map((body) => choicesOf(body)?.text).join('')).toBe('ok');
    expect(usageOf(bodies[2])).toEqual({
      promptTokens: 600,
      completionTokens: 1,
      cachedTokens: undefined,
    });
    expect(bodies[3]).toEqual(error);
  });

  it('of /metrics', () => {
    const values = parseMetrics(METRICS).flatMap(({ samples }) => samples.map((it) => it.value));
    expect(values).toEqual([1200, 592, 2]);
  });
});
