import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  framesOf,
  type Json,
  send,
  startTestFleet,
  type TestFleet,
} from '../../../helpers/mock-fleet.ts';

let fleet: TestFleet;
let [instant, timed, narrow, tiny, tinyTimed] = ['', '', '', '', ''];

beforeAll(async () => {
  fleet = await startTestFleet({
    controller: null,
    engines: [
      { id: 'instant', profile: { base: 'instant', tier: null } },
      { id: 'timed', profile: { base: '8b-h100', speedup: 50 } },
      { id: 'narrow', profile: { base: '8b-h100', maxWaiting: 3 } },
      { id: 'tiny', profile: { base: 'instant', blocks: 2, tier: null } },
      { id: 'tiny-timed', profile: { base: '8b-h100', speedup: 50, blocks: 2, tier: null } },
    ],
  });
  [instant, timed, narrow, tiny, tinyTimed] = fleet.urls.engines as [
    string,
    string,
    string,
    string,
    string,
  ];
});
afterAll(() => fleet.close());

const words = (count: number, word: string): string => Array(count).fill(word).join(' ');

const chat = (content: string, more: object = {}): object => ({
  messages: [{ role: 'user', content }],
  max_tokens: 6,
  ...more,
});

const ask = async (url: string, body: object, path = 'chat/completions'): Promise<Json> =>
  (await send(`${url}/v1/${path}`, body)).json;

const stream = async (url: string, body: object, path = 'chat/completions'): Promise<Json[]> => {
  const options = { stream: true, stream_options: { include_usage: true } };
  return framesOf((await send(`${url}/v1/${path}`, { ...options, ...body })).text);
};

/** Text of each choice, by index. */
function textsOf(frames: Json[]): string[] {
  const texts: string[] = [];
  for (const { choices } of frames.filter((frame) => frame !== '[DONE]')) {
    for (const { index, delta, text } of choices) {
      texts[index] = (texts[index] ?? '') + (text ?? delta.content);
    }
  }
  return texts;
}

describe('n (vllm/v1/engine/parallel_sampling.py)', () => {
  it('answers n times to a prompt that counts once', async () => {
    const json = await ask(instant, chat(words(100, 'choice'), { n: 3 }));
    expect(json.choices.map(({ index }: Json) => index)).toEqual([0, 1, 2]);
    expect(new Set(json.choices.map(({ message }: Json) => message.content)).size).toBeGreaterThan(
      1,
    );
    const alone = await ask(instant, chat(words(100, 'choice')));
    expect(json.usage.prompt_tokens).toBe(alone.usage.prompt_tokens);
    expect(json.usage.completion_tokens).toBe(18);
    expect(json.choices[0].message).toEqual(alone.choices[0].message);
  });

  it('takes cached tokens from the last choice of an answer, from the first of a stream', async () => {
    const { usage } = await ask(instant, chat(words(100, 'last'), { n: 2 }));
    const cap = Math.floor((usage.prompt_tokens - 1) / 16) * 16;
    expect(usage.prompt_tokens_details.cached_tokens).toBe(cap);
    const frames = await stream(instant, chat(words(100, 'first'), { n: 2 }));
    expect(frames.at(-2).usage.prompt_tokens_details.cached_tokens).toBe(0);
  });

  it.each([['instant'], ['timed']])('streams all choices of the %s engine', async (engine) => {
    const url = engine === 'instant' ? instant : timed;
    const whole = await ask(url, chat('stream', { n: 3 }));
    const frames = await stream(url, chat('stream', { n: 3 }));
    expect(frames.slice(0, 3).map(({ choices }) => choices[0])).toEqual(
      [0, 1, 2].map((index) => ({
        index,
        delta: { role: 'assistant', content: '' },
        logprobs: null,
        finish_reason: null,
      })),
    );
    expect(textsOf(frames)).toEqual(whole.choices.map(({ message }: Json) => message.content));
    const ends = frames.filter((frame) => frame.choices?.[0]?.finish_reason);
    expect(new Set(ends.map(({ choices }) => choices[0].index))).toEqual(new Set([0, 1, 2]));
    expect(ends).toHaveLength(3);
    expect(frames.at(-2).usage).toMatchObject({ completion_tokens: 18 });
    expect(frames.at(-1)).toBe('[DONE]');
  });

  it('counts a request of the engine per choice', async () => {
    const metric = async (name: string): Promise<number> => {
      const { text } = await send(`${timed}/metrics`);
      return Number(new RegExp(`^vllm:${name}[^ ]* (.*)$`, 'm').exec(text)![1]);
    };
    const before = await metric('request_success_total.*finished_reason="length"');
    await ask(timed, chat('metrics', { n: 3 }));
    expect(await metric('request_success_total.*finished_reason="length"')).toBe(before + 3);
  });

  it('is refused as a whole when the queue has no room for all', async () => {
    const { status } = await send(`${narrow}/v1/chat/completions`, chat('x', { n: 8 }));
    expect(status).toBe(503);
    const { json } = await send(`${narrow}/__mock/state`);
    expect(json.counters).toMatchObject({ running: 0, waiting: 0 });
  });

  it.each([
    [{ n: 0 }, 'n must be at least 1, got 0.'],
    [{ n: 2, temperature: 0 }, 'n must be 1 when using greedy sampling, got 2.'],
    [{ n: 129 }, 'This mock gives at most 128 answers to a prompt, got n=129.'],
    [
      { n: 20_000 },
      'n must be at most 16384, got 20000. To increase this limit, set the VLLM_MAX_N_SEQUENCES environment variable.',
    ],
  ])('refuses %j (vllm/sampling_params.py)', async (more, message) => {
    const { status, json } = await send(`${instant}/v1/chat/completions`, chat('x', more));
    expect([status, json.error.message]).toEqual([400, message]);
  });
});

describe('several prompts (vllm/entrypoints/openai/serving_completion.py)', () => {
  const prompts = [words(40, 'one'), words(60, 'two')];

  it('number their choices prompt by prompt and add up the tokens', async () => {
    const alone = await Promise.all(
      prompts.map((prompt) => ask(instant, { prompt, max_tokens: 5 }, 'completions')),
    );
    const json = await ask(instant, { prompt: prompts, n: 2, max_tokens: 5 }, 'completions');
    expect(json.choices.map(({ index }: Json) => index)).toEqual([0, 1, 2, 3]);
    expect([json.choices[0].text, json.choices[2].text]).toEqual(
      alone.map(({ choices }) => choices[0].text),
    );
    const [one, two] = alone.map(({ usage }) => usage.prompt_tokens as number);
    expect(json.usage).toMatchObject({ prompt_tokens: one! + two!, completion_tokens: 20 });
  });

  it('stream, each chunk with the index of its choice', async () => {
    const body = { prompt: prompts, n: 2, max_tokens: 5 };
    const whole = await ask(timed, body, 'completions');
    const frames = await stream(timed, body, 'completions');
    expect(textsOf(frames)).toEqual(whole.choices.map(({ text }: Json) => text));
    const { total_tokens: total, prompt_tokens: prompt } = frames.at(-2).usage;
    expect([prompt, total]).toEqual([whole.usage.prompt_tokens, whole.usage.prompt_tokens + 20]);
  });

  it('may be lists of token ids', async () => {
    const tokens = {
      prompt: [
        [5, 6],
        [7, 8, 9],
      ],
      max_tokens: 1,
    };
    const json = await ask(instant, tokens, 'completions');
    expect(json.choices).toHaveLength(2);
    expect(json.usage.prompt_tokens).toBe(5);
  });

  it.each([[[]], [[[]]], [['a', [1]]], [[1, 'a']], [[-1]], [7]])(
    'are refused when they are %j',
    async (prompt) => {
      expect((await send(`${instant}/v1/completions`, { prompt })).status).toBe(400);
    },
  );

  it('are bounded together with their choices; one long list of ids is one prompt', async () => {
    const complete = (prompt: unknown, n: number): Promise<Json> =>
      send(`${instant}/v1/completions`, { prompt, n, max_tokens: 1 });
    const many = await complete(Array(17).fill('a'), 128);
    expect([many.status, many.json.error.message]).toEqual([
      400,
      'This mock gives at most 2048 answers at once, asked for 2176.',
    ]);
    expect((await complete(Array(16).fill('a'), 128)).json.choices).toHaveLength(2_048);
    expect((await complete(Array(3_000).fill(5), 1)).json.usage.prompt_tokens).toBe(3_000);
  });
});

describe('stop', () => {
  it('ends the answer before the string and says which', async () => {
    const [text] = [(await ask(instant, chat('stop'))).choices[0].message.content as string];
    const stop = text.slice(8, 12);
    const json = await ask(instant, chat('stop', { stop: ['no such thing', stop] }));
    expect(json.choices[0]).toMatchObject({
      message: { content: text.slice(0, text.indexOf(stop)) },
      finish_reason: 'stop',
      stop_reason: stop,
    });
    expect(json.usage.completion_tokens).toBeLessThan(6);
    const kept = await ask(instant, chat('stop', { stop, include_stop_str_in_output: true }));
    expect(kept.choices[0].message.content).toBe(text.slice(0, text.indexOf(stop) + 4));
  });

  it('never shows in a stream, whose last chunk names it', async () => {
    const text = (await ask(timed, chat('stop'))).choices[0].message.content as string;
    const stop = text.slice(8, 12);
    const frames = await stream(timed, chat('stop', { stop }));
    expect(textsOf(frames)[0]).toBe(text.slice(0, text.indexOf(stop)));
    expect(frames.at(-3).choices[0]).toMatchObject({ finish_reason: 'stop', stop_reason: stop });
  });

  it('takes token ids, which are then the reason', async () => {
    const text = (await ask(instant, chat('stop'))).choices[0].message.content as string;
    const { json } = await send(`${instant}/tokenize`, { prompt: text, add_special_tokens: false });
    const id = json.tokens[2] as number;
    const answer = await ask(instant, chat('stop', { stop_token_ids: [id] }));
    expect(answer.choices[0]).toMatchObject({ finish_reason: 'stop', stop_reason: id });
    expect(answer.usage.completion_tokens).toBe(3);
  });

  it.each([
    [{ stop: '' }, 'stop cannot contain an empty string.'],
    [{ stop: ['a', ''] }, 'stop cannot contain an empty string.'],
    [{ min_tokens: -1 }, 'min_tokens must be greater than or equal to 0, got -1.'],
    [
      { min_tokens: 3, max_tokens: 2 },
      'min_tokens must be less than or equal to max_tokens=2, got 3.',
    ],
  ])('refuses %j', async (more, message) => {
    const { status, json } = await send(`${instant}/v1/chat/completions`, chat('x', more));
    expect([status, json.error.message]).toEqual([400, message]);
  });

  it.each([[{ stop: 7 }], [{ stop: ['a', 7] }], [{ stop_token_ids: ['a'] }]])(
    'is not %j',
    async (more) => {
      const { status, json } = await send(`${instant}/v1/chat/completions`, chat('x', more));
      expect([status, json.error.type]).toEqual([400, 'Bad Request']);
    },
  );
});

describe('an answer that outgrows the cache', () => {
  it.each(['instant', 'timed'])('says so in its last chunk, %s', async (kind) => {
    const url = kind === 'instant' ? tiny : tinyTimed;
    const body = chat('x', { max_tokens: 60, ignore_eos: true });
    const frames = await stream(url, body);
    const whole = await ask(url, body);
    const reasons = frames.flatMap(({ choices = [] }) =>
      choices.map(({ finish_reason: reason }: Json) => reason),
    );
    expect(reasons.filter(Boolean)).toEqual(['length']);
    expect(reasons.at(-1)).toBe('length');
    expect(textsOf(frames)).toEqual([whole.choices[0].message.content]);
    expect(whole.choices[0].finish_reason).toBe('length');
    expect(whole.usage.completion_tokens).toBeLessThan(60);
    expect(whole.usage).toMatchObject(frames.at(-2).usage);
  });
});

describe('what is not modelled', () => {
  it.each([
    ['chat/completions', { logprobs: true, top_logprobs: 2 }, 'logprobs'],
    ['chat/completions', { prompt_logprobs: 1 }, 'prompt_logprobs'],
    ['chat/completions', { top_logprobs: 2 }, 'top_logprobs'],
    ['chat/completions', { use_beam_search: true }, 'use_beam_search'],
    ['chat/completions', { response_format: { type: 'json_schema' } }, 'response_format'],
    ['chat/completions', { response_format: { type: 'xml' } }, 'body.response_format.type'],
    ['chat/completions', { response_format: 'json' }, 'body.response_format'],
    ['chat/completions', { echo: true }, 'echo'],
    ['chat/completions', { tool_choice: { type: 'function' } }, 'tool_choice'],
    ['completions', { prompt: 'x', structured_outputs: { choice: ['a'] } }, 'structured_outputs'],
    ['completions', { prompt: 'x', logprobs: 0 }, 'logprobs'],
    ['completions', { prompt: 'x', echo: true }, 'echo'],
    ['completions', { prompt: 'x', suffix: 'y' }, 'suffix'],
  ])('/v1/%s refuses %j', async (path, more, param) => {
    const { status, json } = await send(`${instant}/v1/${path}`, chat('x', more));
    expect([status, json.error.param]).toEqual([400, param]);
  });

  it.each([
    [{ logprobs: false, top_logprobs: 0 }],
    [{ logprobs: null, stop: null, n: null }],
    [{ response_format: { type: 'text' }, tool_choice: 'none', guided_regex: 'a+' }],
    [{ best_of: 2 }],
  ])('is not asked for by %j', async (more) => {
    expect((await send(`${instant}/v1/chat/completions`, chat('x', more))).status).toBe(200);
  });
});
