import { afterEach, describe, expect, it } from 'vitest';
import {
  served,
  startTestGateway,
  startUpstream,
  type TestGateway,
  type Upstream,
  type UpstreamBehaviour,
} from '../helpers/gateway.ts';
import { send } from '../helpers/mock-fleet.ts';

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const server of open.splice(0).reverse()) await server[Symbol.asyncDispose]();
});

/** A gateway in front of engines that behave so; none of them knows more than to answer. */
async function stage(
  policy: string,
  behave: (id: string) => UpstreamBehaviour,
  more = '',
): Promise<{ gateway: TestGateway; engines: Upstream[] }> {
  const ids = ['a', 'b', 'c', 'd'];
  const engines = await Promise.all(ids.map((id) => startUpstream(behave(id))));
  open.push(...engines);
  const gateway = await startTestGateway({
    endpoints: engines.map(({ port }, index) => ({ id: ids[index]!, port })),
    filters:
      '{name: dgp.filter.ai.kvcache, config: {enabled: true, vllm_endpoint: "http://127.0.0.1:1"}}',
    extension: `{routing: {policy: ${policy}, session_header: X-Chat${more}}, admin: {}}`,
  });
  open.push(gateway);
  return { gateway, engines };
}

const ask = (gateway: TestGateway, chat?: string) =>
  send(
    `${gateway.url}/v1/completions`,
    { model: 'm', prompt: 'hello' },
    chat === undefined ? {} : { headers: { 'x-chat': chat } },
  );

/** Engines that answer nobody until they are told to. */
function patient(): { behave: (id: string) => UpstreamBehaviour; release: () => void } {
  const waiting: (() => void)[] = [];
  return {
    behave: (id) => (request, response, body) =>
      void waiting.push(() => served(id)(request, response, body)),
    release: () => {
      for (const answer of waiting.splice(0)) answer();
    },
  };
}

describe('a gateway under policy', () => {
  it('session keeps every session at one engine', async () => {
    const { gateway } = await stage('session', (id) => served(id));
    const homes = new Map<string, string>();
    for (let turn = 0; turn < 3; turn++) {
      for (let chat = 0; chat < 12; chat++) {
        const { json, headers } = await ask(gateway, `chat-${chat}`);
        expect(headers.get('x-kvcache-reason')).toBe('session');
        expect(homes.get(`chat-${chat}`) ?? json.served_by).toBe(json.served_by);
        homes.set(`chat-${chat}`, json.served_by);
      }
    }
    expect(new Set(homes.values()).size).toBeGreaterThan(1);
    expect((await ask(gateway)).headers.get('x-kvcache-reason')).toBe('policy');
  });

  it('power-of-two keeps away from the engine that is stuck', async () => {
    const { behave, release } = patient();
    const { gateway, engines } = await stage('power-of-two', (id) =>
      id === 'a' ? behave(id) : served(id),
    );
    const answers: Promise<unknown>[] = [];
    let answered = 0;
    const isStuck = (): boolean => {
      const { length } = engines[0]!.seen;
      if (length === 0) answers.push(ask(gateway).then(() => answered++));
      return length > 0 && answered + length === answers.length;
    };
    await expect.poll(isStuck, { timeout: 30_000 }).toBe(true);
    const stuck = engines[0]!.seen.length;
    // The others are idle again: no draw falls on the one that is not.
    for (let turn = 0; turn < 40; turn++) expect((await ask(gateway)).status).toBe(200);
    expect(engines[0]!.seen.length).toBe(stuck);
    release();
    await Promise.all(answers);
  });

  it('bounded-hash hands on what would be too much for one engine', async () => {
    const { behave, release } = patient();
    const { gateway, engines } = await stage('bounded-hash', behave);
    const answers: ReturnType<typeof ask>[] = [];
    const seen = (): number => engines.reduce((sum, it) => sum + it.seen.length, 0);
    for (let count = 1; count <= 7; count++) {
      answers.push(ask(gateway, 'one hot session'));
      await expect.poll(seen, { timeout: 30_000 }).toBe(count);
    }
    // As in the unit test: ⌈1.25 × 7 ÷ 4⌉ = 3 at most, in one order.
    expect(engines.map((it) => it.seen.length).sort((a, b) => a - b)).toEqual([0, 2, 2, 3]);
    release();
    for (const answer of answers) expect((await answer).status).toBe(200);
    const again = ask(gateway, 'one hot session');
    await expect.poll(seen, { timeout: 30_000 }).toBe(8);
    expect(engines.map((it) => it.seen.length).sort((a, b) => a - b)).toEqual([0, 2, 2, 4]);
    release();
    await again;
  });

  it('round-robin tells what its shadows would have found', async () => {
    const usage = { usage: { prompt_tokens: 400, completion_tokens: 1 } };
    const shadow = ', shadow: [prefix, consistent-hash, least-load]';
    const { gateway } = await stage('round-robin', (id) => served(id, usage), shadow);
    const body = { model: 'm', prompt: 'a prompt of some blocks. '.repeat(64) };
    for (let turn = 0; turn < 8; turn++) await send(`${gateway.url}/v1/completions`, body);
    const { text } = await send(gateway.metricsUrl!);
    const value = (line: string): number =>
      Number(
        text
          .split('\n')
          .find((it) => it.startsWith(`${line} `))
          ?.split(' ')[1],
      );
    const cached = (policy: string): number =>
      value(`kvcache_shadow_cached_tokens_total{policy="${policy}"}`);
    expect(value('kvcache_shadow_prompt_tokens_total')).toBe(8 * 400);
    // Each of the four engines sees it twice; by the other two policies one sees it eight times.
    expect(cached('actual')).toBe(4 * 400);
    expect([cached('prefix'), cached('consistent-hash')]).toEqual([7 * 400, 7 * 400]);
    const { json } = await send(`${gateway.adminUrl}/explain?path=/v1/completions`, body);
    expect(json.shadow).toMatchObject([
      { policy: 'prefix', reason: 'prefix-hit', cachedTokens: 400 },
      { policy: 'consistent-hash', reason: 'policy', cachedTokens: 400 },
      { policy: 'least-load', reason: 'policy', cachedTokens: 400 },
    ]);
  });
});
