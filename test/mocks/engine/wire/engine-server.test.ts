import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  framesOf,
  type Json,
  send,
  startTestFleet,
  type TestFleet,
} from '../../../helpers/mock-fleet.ts';

let fleet: TestFleet;
let [plain, old, oldest, guarded, short] = ['', '', '', '', ''];

beforeAll(async () => {
  fleet = await startTestFleet(
    {
      model: 'm',
      controller: null,
      engines: [
        { id: 'plain', loras: ['adapter'], kvEvents: true },
        { id: 'old', vllm: '0.21', servedBy: false, requestIdHeaders: true, devMode: false },
        { id: 'oldest', vllm: '0.9', promptTokensDetails: false, forceIncludeUsage: true },
        { id: 'guarded', vllm: '0.10', apiKeyEnv: 'KEY', profile: { maxModelLen: 64 } },
        { id: 'short', profile: { maxModelLen: 64 } },
        { id: 'tools', autoToolChoice: true },
      ],
    },
    undefined,
    { KEY: 'secret' },
  );
  [plain, old, oldest, guarded, short] = fleet.urls.engines as [
    string,
    string,
    string,
    string,
    string,
  ];
});
afterAll(() => fleet.close());

const words = (count: number, word = 'tree'): string => Array(count).fill(word).join(' ');

const chat = (content: string, more: object = {}): object => ({
  model: 'm',
  messages: [{ role: 'user', content }],
  max_tokens: 4,
  ...more,
});

describe('POST /tokenize', () => {
  it('counts the chat template', async () => {
    const { status, json } = await send(`${plain}/tokenize`, {
      model: 'm',
      messages: [{ role: 'user', content: 'hi' }],
      add_generation_prompt: true,
    });
    expect(status).toBe(200);
    expect(json).toEqual({
      count: json.tokens.length,
      max_model_len: 32_768,
      tokens: expect.any(Array),
      token_strs: null,
    });
  });

  it('names the tokens of a bare prompt, beginning of sequence first', async () => {
    const { json } = await send(`${plain}/tokenize`, {
      model: 'm',
      prompt: 'hi',
      return_token_strs: true,
    });
    expect(json).toMatchObject({ count: 2, token_strs: ['<s>', 'hi'] });
  });

  it('takes a whole chat completions body, and so yields the tokens that request has', async () => {
    const body = chat('How long is this?', { stream: false, temperature: 0.2 });
    const { json } = await send(`${plain}/tokenize`, body);
    const answer = await send(`${plain}/v1/chat/completions`, body);
    expect(answer.json.usage.prompt_tokens).toBe(json.count);
  });

  it('makes every turn a prefix of the next', async () => {
    const first = [{ role: 'user', content: 'one' }];
    const second = [
      ...first,
      { role: 'assistant', content: 'two' },
      { role: 'user', content: 'x' },
    ];
    const [turn, next] = await Promise.all(
      [first, second].map((messages) => send(`${plain}/tokenize`, { messages })),
    );
    expect(next!.json.tokens.slice(0, turn!.json.count)).toEqual(turn!.json.tokens);
  });

  it.each([
    [{ model: 'm', prompt: ['a', 'b'] }],
    [{ model: 'm', prompt: [1, 2] }],
    [{ model: 'm', prompt: 7 }],
    [{ model: 'm' }],
  ])('answers 400, never 422, to %j', async (body) => {
    const { status, json } = await send(`${plain}/tokenize`, body);
    expect(status).toBe(400);
    expect(json.error).toMatchObject({ type: 'Bad Request', code: 400 });
  });

  it('has no tokens for an empty text', async () => {
    expect((await send(`${plain}/tokenize`, { prompt: '' })).json.tokens).toEqual([]);
  });

  it('is reversed by /detokenize', async () => {
    const { json } = await send(`${plain}/tokenize`, { prompt: 'Hello, 世界!' });
    const back = await send(`${plain}/detokenize`, { tokens: json.tokens });
    expect(back.json).toEqual({ prompt: 'Hello, 世界!' });
  });

  it('is not guarded by the API key (vllm/entrypoints/openai: guarded prefixes)', async () => {
    expect((await send(`${guarded}/tokenize`, { prompt: 'hi' })).status).toBe(200);
  });
});

describe('POST /v1/chat/completions', () => {
  it('answers with every key of the real body', async () => {
    const { status, json, headers } = await send(`${plain}/v1/chat/completions`, chat('hello'));
    expect(status).toBe(200);
    expect(headers.get('x-inference-pod')).toBe('plain');
    expect(json).toEqual({
      id: expect.stringMatching(/^chatcmpl-[0-9a-f]{16}$/),
      object: 'chat.completion',
      created: expect.any(Number),
      model: 'm',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: expect.any(String),
            refusal: null,
            annotations: null,
            audio: null,
            function_call: null,
            reasoning: null,
          },
          logprobs: null,
          finish_reason: 'length',
          stop_reason: null,
          token_ids: null,
          routed_experts: null,
        },
      ],
      service_tier: null,
      system_fingerprint: expect.stringMatching(/^vllm-0\.32\.0-[0-9a-f]{8}$/),
      usage: {
        prompt_tokens: expect.any(Number),
        total_tokens: json.usage.prompt_tokens + 4,
        completion_tokens: 4,
        prompt_tokens_details: {
          cached_tokens: 0,
          created_cache_tokens: 0,
          multimodal_tokens: null,
        },
        completion_tokens_details: null,
      },
      prompt_logprobs: null,
      prompt_token_ids: null,
      prompt_text: null,
      kv_transfer_params: null,
      ec_transfer_params: null,
      metrics: null,
      served_by: 'plain',
    });
  });

  it('thinks by the name that the version has for it', async () => {
    const members = async (url: string): Promise<string[]> => {
      const { json } = await send(`${url}/v1/chat/completions`, chat('x'));
      return Object.keys(json.choices[0].message).slice(-2);
    };
    expect(await members(plain)).toEqual(['function_call', 'reasoning']);
    expect(await members(old)).toEqual(['tool_calls', 'reasoning']);
    expect(await members(oldest)).toEqual(['tool_calls', 'reasoning_content']);
  });

  it('reuses whole blocks and never the last token of a repeat', async () => {
    const body = chat(words(300, 'repeat'));
    const cold = (await send(`${plain}/v1/chat/completions`, body)).json.usage;
    const { usage } = (await send(`${plain}/v1/chat/completions`, body)).json;
    const cap = Math.floor((usage.prompt_tokens - 1) / 16) * 16;
    expect(usage.prompt_tokens_details).toMatchObject({
      cached_tokens: cap,
      created_cache_tokens: 0,
    });
    const stored = Math.floor(usage.prompt_tokens / 16) * 16;
    expect(cold.prompt_tokens_details).toMatchObject({ created_cache_tokens: stored });
  });

  it('tells the ids of tokens when asked', async () => {
    const body = chat('ids', { return_token_ids: true });
    const { tokens } = (await send(`${plain}/tokenize`, body)).json;
    const { json } = await send(`${plain}/v1/chat/completions`, body);
    expect(json.prompt_token_ids).toEqual(tokens);
    const [{ token_ids: ids, message }] = json.choices;
    expect((await send(`${plain}/detokenize`, { tokens: ids })).json.prompt).toBe(message.content);
    const streamed = framesOf(
      (await send(`${plain}/v1/chat/completions`, { ...body, stream: true })).text,
    );
    expect(streamed[0].prompt_token_ids).toEqual(tokens);
    expect(streamed.slice(1, -1).flatMap(({ choices }) => choices[0].token_ids)).toEqual(ids);
  });

  it('cuts what is asked for to what the prompt leaves, or refuses in older versions', async () => {
    const body = chat('x', { max_tokens: 60, ignore_eos: true });
    const { json } = await send(`${short}/v1/chat/completions`, body);
    expect(json.usage.total_tokens).toBe(64);
    const { status } = await send(`${guarded}/v1/chat/completions`, body, {
      headers: { authorization: 'Bearer secret' },
    });
    expect(status).toBe(400);
  });

  it('reads fields as pydantic does, and lists all that are wrong', async () => {
    const read = await send(`${plain}/v1/chat/completions`, chat('x', { max_tokens: '2' }));
    expect(read.json.usage.completion_tokens).toBe(2);
    const wrong = chat('x', { max_tokens: 1.5, ignore_eos: null, min_tokens: [] });
    const { json } = await send(`${plain}/v1/chat/completions`, wrong);
    expect(json.error).toEqual({
      message: [
        '3 validation errors:',
        "  {'type': 'int_from_float', 'loc': 'body.max_tokens', 'msg': 'Input should be a valid integer, got a number with a fractional part', 'input': '1.5'}",
        "  {'type': 'bool_type', 'loc': 'body.ignore_eos', 'msg': 'Input should be a valid boolean', 'input': 'None'}",
        "  {'type': 'int_type', 'loc': 'body.min_tokens', 'msg': 'Input should be a valid integer', 'input': '<list of 0 items>'}",
      ].join('\n'),
      type: 'Bad Request',
      param: 'body.max_tokens',
      code: 400,
    });
  });

  it('reports no zero in versions that test cached_tokens for truth', async () => {
    const body = chat(words(100, 'truth'));
    const [cold, warm] = [
      await send(`${old}/v1/chat/completions`, body),
      await send(`${old}/v1/chat/completions`, body),
    ];
    expect(cold.json.usage.prompt_tokens_details).toBeNull();
    expect(warm.json.usage.prompt_tokens_details.cached_tokens).toBeGreaterThan(0);
  });

  it('reports nothing without --enable-prompt-tokens-details', async () => {
    const body = chat(words(100, 'flag'));
    await send(`${oldest}/v1/chat/completions`, body);
    const { json } = await send(`${oldest}/v1/chat/completions`, body);
    expect(json.usage.prompt_tokens_details).toBeNull();
  });

  it('isolates prompts by cache_salt and by adapter', async () => {
    const body = chat(words(100, 'salted'), { cache_salt: 'a' });
    await send(`${plain}/v1/chat/completions`, body);
    const cached = async (more: object): Promise<number> => {
      const { json } = await send(`${plain}/v1/chat/completions`, { ...body, ...more });
      return json.usage.prompt_tokens_details.cached_tokens as number;
    };
    expect(await cached({ cache_salt: 'b' })).toBe(0);
    expect(await cached({ model: 'adapter' })).toBe(0);
    expect(await cached({})).toBeGreaterThan(0);
  });

  it('tells an unknown model', async () => {
    const { status, json } = await send(`${plain}/v1/chat/completions`, chat('x', { model: 'x' }));
    expect(status).toBe(404);
    expect(json).toEqual({
      error: {
        message: 'The model `x` does not exist. Valid aliases: m.',
        type: 'NotFoundError',
        param: 'model',
        code: 404,
      },
    });
  });

  it('leaves param out of the 404 of older versions', async () => {
    const { json } = await send(`${guarded}/v1/chat/completions`, chat('x', { model: 'x' }), {
      headers: { authorization: 'Bearer secret' },
    });
    expect(json.error.param).toBeNull();
  });

  it('writes errors flat before 0.10', async () => {
    const { json } = await send(`${oldest}/v1/chat/completions`, chat('x', { model: 'x' }));
    expect(json).toMatchObject({ object: 'error', type: 'NotFoundError', code: 404 });
  });

  it.each([
    ['no messages', { model: 'm' }, 'Bad Request'],
    ['messages of the wrong type', { messages: 'x' }, 'Bad Request'],
    ['a message without role', { messages: [{ content: 'x' }] }, 'Bad Request'],
    ['an empty cache_salt', chat('x', { cache_salt: '' }), 'BadRequestError'],
    [
      'stream options without a stream',
      chat('x', { stream_options: { include_usage: true } }),
      'BadRequestError',
    ],
    ['no message', chat('x', { messages: [] }), 'BadRequestError'],
    ['a temperature beyond 2', chat('x', { temperature: 3 }), 'BadRequestError'],
    ['tools nobody can call', chat('x', { tools: [{ function: {} }] }), 'BadRequestError'],
    ['no token to answer', chat('x', { max_tokens: 0 }), 'BadRequestError'],
    [
      'an image',
      chat('x', { messages: [{ role: 'user', content: [{ type: 'image_url' }] }] }),
      'BadRequestError',
    ],
    ['a list', [1], 'Bad Request'],
  ])('answers 400 to %s', async (_what, body, type) => {
    const { status, json } = await send(`${plain}/v1/chat/completions`, body);
    expect(status).toBe(400);
    expect(json.error).toMatchObject({ type, code: 400 });
  });

  it('names the body, or what of it is wrong', async () => {
    const problem = async (body: unknown): Promise<Json> =>
      (await send(`${plain}/v1/chat/completions`, body)).json.error;
    expect(await problem('{')).toEqual({
      message:
        "1 validation error:\n  {'type': 'json_invalid', 'loc': 'body.1', 'msg': 'JSON decode error', 'input': '<dict of 0 items>', 'ctx': {'error': 'Expecting property name enclosed in double quotes'}}",
      type: 'Bad Request',
      param: 'body.1',
      code: 400,
    });
    expect(await problem([1])).toMatchObject({ param: 'body' });
    const missing = await problem({ model: 'm' });
    expect(missing).toMatchObject({ param: 'body.messages' });
    expect(missing.message).toContain('Field required');
    expect((await problem({ messages: 'x' })).message).toContain('Input should be a valid list');
  });

  it('takes tools where the engine was started for them, and calls none', async () => {
    const url = fleet.urls.engines[5]!;
    const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }];
    for (const more of [{}, { tool_choice: 'auto' }, { tool_choice: 'none' }]) {
      const { status, json } = await send(
        `${url}/v1/chat/completions`,
        chat('x', { tools, ...more }),
      );
      expect([status, json.choices[0].finish_reason]).toEqual([200, 'length']);
    }
    const forced = { tools, tool_choice: 'required' };
    const { status, json } = await send(`${url}/v1/chat/completions`, chat('x', forced));
    expect([status, json.error.param]).toEqual([400, 'tool_choice']);
  });

  it('survives tools nested beyond what can be written', async () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const bodies = [
      `{"messages":[],"tools":${deep}}`,
      `{"messages":[{"role":"user","tool_calls":${deep}}]}`,
      `{"messages":[{"role":"user","content":${deep}}]}`,
    ];
    for (const body of bodies) {
      for (const path of ['/v1/chat/completions', '/tokenize']) {
        expect((await send(plain + path, body)).status).toBe(400);
      }
    }
  });

  it('answers 400 to broken JSON and to another content type', async () => {
    expect((await send(`${plain}/v1/chat/completions`, '{')).status).toBe(400);
    const text = await send(`${plain}/v1/chat/completions`, chat('x'), {
      headers: { 'content-type': 'text/plain' },
    });
    expect(text.status).toBe(400);
    expect(text.json.error.message).toContain('Unsupported Media Type');
  });

  it('refuses what is longer than the model', async () => {
    const headers = { authorization: 'Bearer secret' };
    const long = await send(`${guarded}/v1/chat/completions`, chat(words(100)), { headers });
    expect(long.status).toBe(400);
    expect(long.json.error.message).toContain("This model's maximum context length is 64 tokens");
    expect((await send(`${short}/v1/chat/completions`, chat(words(100)))).json.error).toEqual({
      message:
        "This model's maximum context length is 64 tokens. However, your prompt contains at least 65 input tokens, which exceeds this limit even without any output tokens. Please reduce the length of the input prompt. (parameter=input_tokens, value=65)",
      type: 'BadRequestError',
      param: 'input_tokens',
      code: 400,
    });
    const much = await send(`${guarded}/v1/chat/completions`, chat('x', { max_tokens: 60 }), {
      headers,
    });
    expect(much.json.error.message).toContain(
      "'max_tokens' or 'max_completion_tokens' is too large",
    );
  });

  it('joins text parts and takes tool calls and tools for part of the prompt', async () => {
    const count = async (body: object): Promise<number> =>
      (await send(`${plain}/tokenize`, body)).json.count as number;
    const parts = [
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ];
    expect(await count({ messages: [{ role: 'user', content: parts }] })).toBe(
      await count({ messages: [{ role: 'user', content: 'a\nb' }] }),
    );
    const tools = [{ type: 'function', function: { name: 'f' } }];
    expect(await count({ ...chat('x'), tools })).toBeGreaterThan(await count(chat('x')));
  });
});

describe('streams', () => {
  const stream = async (url: string, more: object = {}): Promise<Json[]> => {
    const { text, headers } = await send(
      `${url}/v1/chat/completions`,
      chat('stream', { stream: true, ...more }),
    );
    expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    return framesOf(text);
  };

  it('begin with the role, end with the reason, and have no usage unless asked', async () => {
    const frames = await stream(plain);
    expect(frames[0].choices).toEqual([
      { index: 0, delta: { role: 'assistant', content: '' }, logprobs: null, finish_reason: null },
    ]);
    expect(frames).toHaveLength(6);
    expect(frames[4].choices[0]).toMatchObject({ finish_reason: 'length', stop_reason: null });
    expect(frames[5]).toBe('[DONE]');
    expect(frames.slice(0, 5).some((frame) => 'usage' in frame)).toBe(false);
    expect(new Set(frames.slice(0, 5).map(({ id }) => id)).size).toBe(1);
  });

  it('carry usage in one last chunk without choices', async () => {
    const frames = await stream(plain, { stream_options: { include_usage: true } });
    expect(frames.at(-2)).toMatchObject({
      object: 'chat.completion.chunk',
      choices: [],
      usage: { completion_tokens: 4, prompt_tokens_details: { cached_tokens: 0 } },
    });
    expect(frames.slice(0, -2).some((frame) => 'usage' in frame)).toBe(false);
  });

  it('carry usage in every chunk with continuous_usage_stats', async () => {
    const options = { include_usage: true, continuous_usage_stats: true };
    const frames = await stream(plain, { stream_options: options });
    const counts = frames.slice(0, -1).map(({ usage }) => usage.completion_tokens);
    expect(counts).toEqual([0, 1, 2, 3, 4, 4]);
  });

  it('are forced to carry usage by --enable-force-include-usage', async () => {
    const frames = await stream(oldest);
    expect(frames.slice(0, -1).every((frame) => 'usage' in frame)).toBe(true);
  });

  it('leave out the details that are null otherwise, but in chunks of older text completions', async () => {
    const counts = ['prompt_tokens', 'total_tokens', 'completion_tokens'];
    const usages = (frames: readonly Json[]): string[][] =>
      frames.slice(0, -1).map(({ usage }) => Object.keys(usage));
    expect(usages(await stream(oldest, { max_tokens: 1 }))).toEqual([counts, counts, counts]);
    const body = { prompt: 'once', max_tokens: 1, stream: true };
    const text = framesOf((await send(`${oldest}/v1/completions`, body)).text);
    expect(usages(text)).toEqual([[...counts, 'prompt_tokens_details'], counts]);
  });

  it('of text completions have no role, and usage null in older versions', async () => {
    const body = { prompt: 'once', max_tokens: 2, stream: true };
    const chunks = async (url: string, headers = {}): Promise<Json[]> =>
      framesOf((await send(`${url}/v1/completions`, body, { headers })).text);
    const frames = await chunks(plain);
    expect(frames).toHaveLength(3);
    expect(frames[0]).toMatchObject({ object: 'text_completion', choices: [{ index: 0 }] });
    expect('usage' in frames[0]).toBe(false);
    const older = await chunks(guarded, { authorization: 'Bearer secret' });
    expect(older[0].usage).toBeNull();
  });

  it('end with an error frame and [DONE] when the engine fails in the middle', async () => {
    const { status, text } = await send(
      `${plain}/v1/chat/completions`,
      chat('stream', { stream: true }),
      { headers: { 'x-mock-fault': 'errorEvent:afterTokens=2' } },
    );
    expect(status).toBe(200);
    const frames = framesOf(text);
    expect(frames.at(-2)).toEqual({
      error: { message: expect.any(String), type: 'InternalServerError', param: null, code: 500 },
    });
    expect(frames.at(-1)).toBe('[DONE]');
    expect(frames).toHaveLength(5);
  });
});

describe('POST /v1/completions', () => {
  it('answers text, 16 tokens by default, for text and for token ids', async () => {
    const { json } = await send(`${plain}/v1/completions`, { prompt: 'Once', ignore_eos: true });
    expect(json).toMatchObject({
      id: expect.stringMatching(/^cmpl-/),
      object: 'text_completion',
      choices: [{ index: 0, text: expect.any(String), prompt_logprobs: null }],
      usage: { completion_tokens: 16 },
    });
    const ids = await send(`${plain}/v1/completions`, { prompt: [5, 6, 7], max_tokens: 1 });
    expect(ids.json.usage.prompt_tokens).toBe(3);
  });

  it('refuses ids that are no tokens', async () => {
    const one = await send(`${plain}/v1/completions`, { prompt: [5, 2 ** 32 + 6] });
    expect([one.status, one.json.error.message]).toEqual([
      400,
      'Token id 4294967302 is out of vocabulary',
    ]);
    const several = await send(`${plain}/v1/completions`, { prompt: [[5], [2 ** 32]] });
    expect(several.status).toBe(400);
  });

  it('counts the 16 tokens nobody asked for against the length of the model', async () => {
    const headers = { authorization: 'Bearer secret' };
    const prompt = (tokens: number): object => ({
      prompt: Array(tokens).fill(5),
      ignore_eos: true,
    });
    const fits = await send(`${guarded}/v1/completions`, prompt(48), { headers });
    expect(fits.json.usage.total_tokens).toBe(64);
    const over = await send(`${guarded}/v1/completions`, prompt(49), { headers });
    expect([over.status, over.json.error.message]).toEqual([
      400,
      "'max_tokens' or 'max_completion_tokens' is too large: 16. This model's maximum context length is 64 tokens and your request has 49 input tokens (16 > 64 - 49).",
    ]);
  });
});

describe('identity and access', () => {
  it('guards /v1 with a bearer key and a body that is a string', async () => {
    const { status, text } = await send(`${guarded}/v1/models`);
    expect([status, text]).toEqual([401, '{"error":"Unauthorized"}']);
    const wrong = await send(`${guarded}/v1/models`, undefined, {
      headers: { authorization: 'Bearer wrong' },
    });
    expect(wrong.status).toBe(401);
    for (const path of ['/health', '/metrics', '/version']) {
      expect((await send(guarded + path)).status).toBe(200);
    }
  });

  it('lists the model and its adapters', async () => {
    const { json } = await send(`${plain}/v1/models`);
    expect(json).toMatchObject({
      object: 'list',
      data: [
        {
          id: 'm',
          object: 'model',
          owned_by: 'vllm',
          root: 'm',
          parent: null,
          max_model_len: 32_768,
        },
        { id: 'adapter', parent: 'm' },
      ],
    });
  });

  it('tells X-Request-Id only with the flag, then always, and names its answer after it', async () => {
    const headers = { 'x-request-id': 'abc-1' };
    const silent = await send(`${plain}/v1/chat/completions`, chat('x'), { headers });
    const echoed = await send(`${old}/v1/chat/completions`, chat('x'), { headers });
    expect([silent.headers.get('x-request-id'), echoed.headers.get('x-request-id')]).toEqual([
      null,
      'abc-1',
    ]);
    expect(echoed.json.id).toBe('chatcmpl-abc-1');
    expect(echoed.headers.get('x-inference-pod')).toBeNull();
    expect('served_by' in echoed.json).toBe(false);
    const refused = await send(`${old}/v1/chat/completions`, {}, { headers });
    expect([refused.status, refused.headers.get('x-request-id')]).toEqual([400, 'abc-1']);
    expect((await send(`${old}/nowhere`)).headers.get('x-request-id')).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('other routes', () => {
  it('answer as the real server', async () => {
    const health = await send(`${plain}/health`);
    expect([health.status, health.text]).toEqual([200, '']);
    expect((await send(`${plain}/ping`, '')).status).toBe(200);
    expect((await send(`${plain}/version`)).json).toEqual({ version: '0.32.0' });
    expect((await send(`${plain}/load`)).json).toEqual({ server_load: 0 });
  });

  it('tell unknown paths and wrong methods', async () => {
    const missing = await send(`${plain}/v1/nothing`);
    expect([missing.status, missing.text]).toEqual([404, '{"detail":"Not Found"}']);
    const wrong = await send(`${plain}/v1/chat/completions`);
    expect([wrong.status, wrong.text, wrong.headers.get('allow')]).toEqual([
      405,
      '{"detail":"Method Not Allowed"}',
      'POST',
    ]);
    expect((await send(`${plain}/v1/models/`)).json.object).toBe('list');
  });

  it('that newer versions have are unknown to older ones', async () => {
    expect((await send(`${plain}/kv_event_sources`)).json).toEqual({});
    expect((await send(`${old}/kv_event_sources`)).status).toBe(404);
  });

  it('answer HEAD only on /metrics, which is no route of FastAPI', async () => {
    const statuses = ['/health', '/v1/models', '/version', '/metrics'].map(
      async (path) => (await fetch(plain + path, { method: 'HEAD' })).status,
    );
    expect(await Promise.all(statuses)).toEqual([405, 405, 405, 200]);
  });

  it('reset the prefix cache only in development mode', async () => {
    const body = chat(words(100, 'reset'));
    await send(`${plain}/v1/chat/completions`, body);
    expect((await send(`${plain}/reset_prefix_cache`, '')).json).toEqual({ success: true });
    const { json } = await send(`${plain}/v1/chat/completions`, body);
    expect(json.usage.prompt_tokens_details.cached_tokens).toBe(0);
    expect((await send(`${old}/reset_prefix_cache`, '')).status).toBe(404);
  });
});

describe('GET /metrics', () => {
  it('has the names, labels and buckets of its version', async () => {
    const page = (await send(`${plain}/metrics`)).text;
    const labels = '{engine="0",model_name="m"}';
    for (const name of [
      'vllm:prefix_cache_queries_total',
      'vllm:prefix_cache_hits_total',
      'vllm:external_prefix_cache_queries_total',
      'vllm:num_requests_running',
      'vllm:num_requests_waiting',
      'vllm:kv_cache_usage_perc',
      'vllm:prompt_tokens_total',
      'vllm:generation_tokens_total',
    ]) {
      expect(page).toContain(`${name}${labels} `);
    }
    expect(page).toContain(
      'vllm:request_success_total{engine="0",finished_reason="length",model_name="m"}',
    );
    expect(page).toContain(
      'vllm:time_to_first_token_seconds_bucket{engine="0",model_name="m",le="2560.0"}',
    );
    expect(page).not.toContain('gpu_cache_usage_perc');
  });

  it('tells by source what was found and what was computed', async () => {
    const body = chat(words(200, 'source'));
    const counts = async (): Promise<Record<string, number>> => {
      const page = (await send(`${plain}/metrics`)).text;
      const series = page.matchAll(
        /^vllm:prompt_tokens_(?:cached_)?by_source_total\{.*source="(\w+)"\} (\d+)$/gm,
      );
      return Object.fromEntries([...series].map(([, source, value]) => [source, Number(value)]));
    };
    await send(`${plain}/v1/chat/completions`, body);
    const before = await counts();
    const { usage } = (await send(`${plain}/v1/chat/completions`, body)).json;
    const after = await counts();
    const { cached_tokens: cached } = usage.prompt_tokens_details;
    const gained = Object.fromEntries(
      Object.entries(after).map(([source, value]) => [source, value - before[source]!]),
    );
    expect(cached).toBeGreaterThan(0);
    expect(gained).toMatchObject({
      device: cached,
      local_cache_hit: cached,
      local_compute: usage.prompt_tokens - cached,
      external_unspecified: 0,
    });
    expect((await send(`${oldest}/metrics`)).text).not.toContain('by_source');
  });

  it('says gpu_ and time_per_output_token in older versions', async () => {
    const page = (await send(`${oldest}/metrics`)).text;
    expect(page).toContain('vllm:gpu_cache_usage_perc{');
    expect(page).toContain('vllm:gpu_prefix_cache_queries_total{');
    expect(page).toContain('vllm:time_per_output_token_seconds_bucket{');
    expect(page).not.toContain('vllm:kv_cache_usage_perc');
    const between = (await send(`${guarded}/metrics`)).text;
    expect(between).toContain('vllm:gpu_cache_usage_perc{');
    expect(between).toContain('vllm:kv_cache_usage_perc{');
  });
});
