import OpenAI from 'openai';
import { systemClock } from '../../src/base/clock.ts';
import { pollUntil } from '../../src/base/poll.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestFleet, type TestFleet } from '../helpers/mock-fleet.ts';

let fleet: TestFleet;
let client: OpenAI;

beforeAll(async () => {
  fleet = await startTestFleet(
    {
      controller: null,
      engines: [
        { id: 'engine-a', apiKeyEnv: 'KEY' },
        { id: 'slow', profile: { base: '8b-h100', output: { medianTokens: 15_000 } } },
      ],
    },
    undefined,
    { KEY: 'secret' },
  );
  client = new OpenAI({ apiKey: 'secret', baseURL: `${fleet.urls.engines[0]}/v1`, maxRetries: 0 });
});
afterAll(() => fleet.close());

const messages = [{ role: 'user' as const, content: 'Tell me about prefix caches.' }];

it('streams a chat through the OpenAI SDK', async () => {
  const stream = await client.chat.completions.create({
    model: 'mock-model',
    messages,
    max_tokens: 12,
    stream: true,
    stream_options: { include_usage: true },
  });
  let [content, finish, completionTokens] = ['', '', 0];
  for await (const chunk of stream) {
    content += chunk.choices[0]?.delta.content ?? '';
    finish = chunk.choices[0]?.finish_reason ?? finish;
    completionTokens = chunk.usage?.completion_tokens ?? completionTokens;
  }
  const whole = await client.chat.completions.create({
    model: 'mock-model',
    messages,
    max_tokens: 12,
  });
  expect(content).not.toBe('');
  expect(finish).toBe(whole.choices[0]!.finish_reason);
  expect(completionTokens).toBe(whole.usage!.completion_tokens);
});

it('completes text and lists models through the SDK', async () => {
  const text = await client.completions.create({
    model: 'mock-model',
    prompt: 'Once',
    max_tokens: 3,
  });
  expect(text.choices[0]!.text).not.toBe('');
  const models = await client.models.list();
  expect(models.data.map(({ id }) => id)).toEqual(['mock-model']);
});

it('gives the SDK its typed errors', async () => {
  const unknown = client.chat.completions.create({ model: 'nobody', messages });
  await expect(unknown).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  const stranger = new OpenAI({ apiKey: 'wrong', baseURL: client.baseURL, maxRetries: 0 });
  await expect(stranger.models.list()).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
  const limited = client.chat.completions.create(
    { model: 'mock-model', messages },
    { headers: { 'x-mock-fault': 'status:code=429,retryAfter=1' } },
  );
  await expect(limited).rejects.toBeInstanceOf(OpenAI.RateLimitError);
});

it('frees the engine when the SDK client walks away', async () => {
  const { core, url } = fleet.engines[1]!;
  const slow = new OpenAI({ apiKey: 'none', baseURL: `${url}/v1`, maxRetries: 0 });
  const stream = await slow.chat.completions.create({
    model: 'mock-model',
    messages,
    max_tokens: 20_000,
    stream: true,
  });
  for await (const chunk of stream) {
    if (chunk.choices[0]?.delta.content) break;
  }
  const aborted = async (): Promise<true | undefined> =>
    core.counters.finished.abort === 1 ? true : undefined;
  expect(await pollUntil(aborted, { clock: systemClock, deadlineMs: 5_000 })).toBe(true);
  expect(core.counters.running).toBe(0);
  expect(core.counters.kvUsage).toBe(0);
});
