import { afterEach, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/random.ts';
import { send, startTestFleet, type TestFleet } from '../helpers/mock-fleet.ts';
import { startTestGateway, type TestGateway } from '../helpers/gateway.ts';

const stages: AsyncDisposable[] = [];
afterEach(async () => {
  for (const stage of stages.splice(0).reverse()) await stage[Symbol.asyncDispose]();
});

interface Stage {
  fleet: TestFleet;
  gateway: TestGateway;
}

async function setStage(policy: string, engines = 2): Promise<Stage> {
  const fleet = await startTestFleet({ speedup: 50, engines: [{ count: engines }] });
  stages.push({ [Symbol.asyncDispose]: () => fleet.close() });
  const gateway = await startTestGateway({
    endpoints: fleet.urls.engines.map((url, index) => ({
      id: `engine-${'abcdefgh'[index]}`,
      port: Number(new URL(url).port),
    })),
    lbPolicy: 'RoundRobin',
    filters:
      '{name: dgp.filter.ai.kvcache, config: {enabled: true, ' +
      `vllm_endpoint: "${fleet.urls.engines[0]}", lmcache_endpoint: "${fleet.urls.controller}", ` +
      'request_timeout: 10s, lookup_routing_timeout: 10s, ' +
      'circuit_breaker: {failure_threshold: 3, recovery_timeout: 100ms, half_open_max_calls: 1}}}',
    extension: `{routing: {policy: ${policy}, tokenize_timeout: 10s}}`,
  });
  stages.push(gateway);
  return { fleet, gateway };
}

interface Seen {
  endpoint: string | null;
  reason: string | null;
  cause: string | null;
  predicted: number | undefined;
  promptTokens: number;
  cachedTokens: number;
}

async function ask(
  { gateway }: Pick<Stage, 'gateway'>,
  body: object | string,
  path = '/v1/chat/completions',
): Promise<Seen> {
  const { status, headers, json } = await send(gateway.url + path, body);
  expect(status).toBe(200);
  const predicted = headers.get('x-kvcache-cached-tokens');
  return {
    endpoint: headers.get('x-kvcache-endpoint'),
    reason: headers.get('x-kvcache-reason'),
    cause: headers.get('x-kvcache-cause'),
    predicted: predicted === null ? undefined : Number(predicted),
    promptTokens: json.usage.prompt_tokens,
    cachedTokens: json.usage.prompt_tokens_details?.cached_tokens ?? 0,
  };
}

const random = createRandom(11);
const words = (count: number): string =>
  Array.from({ length: count }, () => `w${random.int(1_000_000).toString(36)}`).join(' ');

const toolsOf = (agent: number): object[] =>
  Array.from({ length: 30 }, (_, index) => ({
    type: 'function',
    function: {
      name: `agent_${agent}_tool_${index}`,
      description: words(15),
      parameters: { type: 'object', properties: { query: { type: 'string' } } },
    },
  }));

/** Asks in turn and tells which part of what could be reused was. */
async function reuseOf(stage: Stage, bodies: readonly object[], agents: number): Promise<number> {
  let [reused, reusable] = [0, 0];
  for (const [index, body] of bodies.entries()) {
    const seen = await ask(stage, body);
    if (index < agents) continue;
    reused += seen.cachedTokens;
    reusable += seen.promptTokens - OWN_TOKENS_MAX;
  }
  return reused / reusable;
}

/** Most tokens that the user's text, the template around it and a last block come to. */
const OWN_TOKENS_MAX = 120;

describe('agents with tools of their own', () => {
  const agents = Array.from({ length: 7 }, (_, agent) => toolsOf(agent));
  const bodies = Array.from({ length: 56 }, (_, index) => ({
    model: 'mock-model',
    max_tokens: 1,
    messages: [{ role: 'user', content: words(8) }],
    tools: agents[index % 7],
    // All that an engine without a tool parser takes.
    tool_choice: 'none',
    ...(index % 2 === 0 && { response_format: { type: 'text' } }),
  }));

  it.each(['prefix', 'lookup'])('find them cached under policy %s', async (policy) => {
    const stage = await setStage(policy, 4);
    expect(await reuseOf(stage, bodies, 7)).toBeGreaterThanOrEqual(0.95);
  });

  it('find them cached while the controller is away', async () => {
    const stage = await setStage('lookup', 4);
    await stage.fleet.controller!.close();
    expect(await reuseOf(stage, bodies, 7)).toBeGreaterThanOrEqual(0.95);
  });
});

describe('a controller that goes away and comes back', () => {
  /** Hit rate by tokens of a conversation each: user, answer, user, … */
  async function converse(stage: Stage, chats: object[][], turns: number): Promise<number> {
    let [cached, prompt] = [0, 0];
    for (let turn = 0; turn < turns; turn++) {
      for (const messages of chats) {
        messages.push({ role: 'user', content: words(60) });
        const seen = await ask(stage, { model: 'mock-model', max_tokens: 1, messages });
        messages.push({ role: 'assistant', content: words(20) });
        cached += seen.cachedTokens;
        prompt += seen.promptTokens;
      }
    }
    return cached / prompt;
  }
  const chatsOf = (count: number): object[][] =>
    Array.from({ length: count }, () => [{ role: 'system', content: words(200) }]);

  it('costs at most five points of the hit rate', async () => {
    const well = await setStage('lookup');
    const withController = await converse(well, chatsOf(9), 6);
    const broken = await setStage('lookup');
    const chats = chatsOf(9);
    await broken.fleet.controller!.close();
    const without = await converse(broken, chats, 6);
    expect(without).toBeGreaterThanOrEqual(withController - 0.05);
  });
});

describe('predictions', () => {
  const chat = (content: string): object => ({
    model: 'mock-model',
    max_tokens: 1,
    messages: [{ role: 'user', content }],
  });
  /** As Python's `json.dumps` writes it. */
  const escaped = (body: object): string =>
    JSON.stringify(body).replaceAll(
      /[\u0080-\uffff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  const TEXTS: [string, string][] = [
    ['families of emoji', '👨‍👩‍👧‍👦'.repeat(120)],
    ['flags', '🇩🇪🇫🇷🇯🇵'.repeat(150)],
    ['Chinese', '缓存命中率取决于路由策略'.repeat(80)],
    ['Russian', 'попадания в кэш зависят от маршрута '.repeat(50)],
    ['combining marks', 'e\u0301a\u0300'.repeat(300)],
    ['blanks', `x${' \n\t'.repeat(600)}y`],
    ['quotes and backslashes', '\\"\\"'.repeat(500)],
    ['control characters', '\u0001\u0002'.repeat(300)],
    ['one long word', 'a'.repeat(3_000)],
    ['base64', Buffer.from(words(300)).toString('base64')],
    ['lines', '═'.repeat(2_000)],
    ['English', words(400)],
  ];

  it.each(TEXTS)('of %s never exceed the prompt', async (_what, text) => {
    const stage = await setStage('prefix');
    for (const write of [JSON.stringify, escaped]) {
      // English before, so that the bytes of a token are thought to be few.
      await ask(stage, chat(words(300)));
      const bodies = [chat(text), chat(text), chat(`${text}.`), chat(text.slice(0, -2))];
      for (const body of bodies) {
        const { predicted, promptTokens } = await ask(stage, write(body));
        expect(predicted ?? 0).toBeLessThanOrEqual(promptTokens);
      }
    }
  });

  it.each([
    ['a list', (ids: number[]) => ids],
    ['a batch of one', (ids: number[]) => [ids]],
  ])('of token ids are exact: %s', async (_what, shape) => {
    const stage = await setStage('prefix');
    const ids = Array.from({ length: 600 }, () => random.int(50_000) + 1_000);
    const body = { model: 'mock-model', max_tokens: 1, prompt: shape(ids) };
    await ask(stage, body, '/v1/completions');
    const again = await ask(stage, body, '/v1/completions');
    expect(again).toMatchObject({ reason: 'prefix-hit', predicted: 592, promptTokens: 600 });
    expect(again.cachedTokens).toBe(592);
    // Written otherwise, they are the same.
    const spaced = JSON.stringify({ ...body, prompt: ids }, null, 1);
    expect(await ask(stage, spaced, '/v1/completions')).toMatchObject({ predicted: 592 });
  });

  it('of token ids never count another beginning', async () => {
    const stage = await setStage('prefix');
    const ids = Array.from({ length: 64 }, (_, index) => index + 1_000);
    const body = (prompt: number[]) => ({ model: 'mock-model', max_tokens: 1, prompt });
    await ask(stage, body(ids), '/v1/completions');
    const changed = [...ids.slice(0, 40), 9, ...ids.slice(41)];
    expect(await ask(stage, body(changed), '/v1/completions')).toMatchObject({ predicted: 32 });
  });
});

it('tenants with different salts never share, and keep their engine without a lookup', async () => {
  const stage = await setStage('lookup');
  const body = (cache_salt: string) => ({
    model: 'mock-model',
    max_tokens: 1,
    cache_salt,
    messages: [{ role: 'user', content: words(0) + 'the same four hundred words '.repeat(80) }],
  });
  const first = [await ask(stage, body('t1')), await ask(stage, body('t2'))];
  expect(first.map(({ reason, cachedTokens }) => [reason, cachedTokens])).toEqual([
    ['salted', 0],
    ['salted', 0],
  ]);
  for (const [index, salt] of ['t1', 't2', 't1', 't2'].entries()) {
    const seen = await ask(stage, body(salt));
    expect(seen).toMatchObject({ reason: 'prefix-hit-degraded', cause: 'salted' });
    expect(seen.endpoint).toBe(first[index % 2]!.endpoint);
    expect(seen.cachedTokens).toBeGreaterThan(400);
    expect(seen.predicted).toBeLessThanOrEqual(seen.promptTokens);
  }
});
