import OpenAI from 'openai';
import { systemClock } from '../../src/base/clock.ts';
import { pollUntil } from '../../src/base/poll.ts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { plainNode } from '../../src/schema/node.ts';
import { readFaultRules } from '../../mocks/faults/fault-rule.ts';
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

it('gathers several choices in the stream helper, as the whole answer has them', async () => {
  const body = { model: 'mock-model', messages, n: 3, max_tokens: 12, stop: ['zebra'] };
  const runner = client.chat.completions.stream({
    ...body,
    stream_options: { include_usage: true },
  });
  const streamed = await runner.finalChatCompletion();
  const whole = await client.chat.completions.create(body);
  const told = ({ choices }: typeof whole): unknown[] =>
    choices.map(({ index, message, finish_reason: end }) => [index, message.content, end]);
  expect(told(streamed)).toEqual(told(whole));
  expect(streamed.usage?.total_tokens).toBe(whole.usage?.total_tokens);
});

it('ends the stream helper with the error of a frame, and of an abort', async () => {
  const body = { model: 'mock-model', messages };
  const failed = client.chat.completions.stream(body, {
    headers: { 'x-mock-fault': 'errorEvent:afterTokens=1' },
  });
  await expect(failed.done()).rejects.toThrow('Injected failure');
  const left = client.chat.completions.stream(body);
  left.once('content', () => left.abort());
  await expect(left.done()).rejects.toBeInstanceOf(OpenAI.APIUserAbortError);
});

it('is asked again after Retry-After', async () => {
  const { faults } = fleet.engines[0]!;
  const struck = (): number => faults.counts.get('status') ?? 0;
  const before = struck();
  const rules = [{ do: { status: { code: 503, retryAfter: 0 } }, times: 1 }];
  faults.replace(readFaultRules(plainNode(rules, 'rules')));
  const patient = client.withOptions({ maxRetries: 1 });
  const answer = await patient.chat.completions.create({ model: 'mock-model', messages });
  expect(answer.choices).toHaveLength(1);
  expect(struck() - before).toBe(1);
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

it('answers with a JSON object when asked for one, and refuses what it cannot shape', async () => {
  const ask = { model: 'mock-model', messages };
  const answer = await client.chat.completions.create({
    ...ask,
    response_format: { type: 'json_object' },
  });
  const [choice] = answer.choices;
  expect(JSON.parse(choice!.message.content!)).toEqual({ answer: expect.stringMatching(/\w/) });
  expect(choice!.finish_reason).toBe('stop');
  const cut = await client.chat.completions.create({
    ...ask,
    response_format: { type: 'json_object' },
    max_tokens: 3,
  });
  expect([cut.choices[0]!.finish_reason, cut.usage!.completion_tokens]).toEqual(['length', 3]);
  expect(choice!.message.content!.startsWith(cut.choices[0]!.message.content!)).toBe(true);
  const schema = { name: 'answer', schema: { type: 'object' } };
  const refused = client.chat.completions.create({
    ...ask,
    response_format: { type: 'json_schema', json_schema: schema },
  });
  await expect(refused).rejects.toThrow('does not model response_format json_schema');
  const tools = [{ type: 'function', function: { name: 'f' } } as const];
  await expect(
    client.chat.completions.create({ ...ask, tools, tool_choice: 'required' }),
  ).rejects.toThrow('tool_choice="required" requires --tool-call-parser to be set');
});
