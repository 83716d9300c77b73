import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { pollUntil } from '../../src/base/poll.ts';
import { startTestGateway, type TestGateway } from '../helpers/gateway.ts';
import { type Json, send, startTestFleet, type TestFleet } from '../helpers/mock-fleet.ts';

let fleet: TestFleet;
let gateway: TestGateway;
afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
  await fleet.close();
});

/** Two engines that serve their model under another name, and a coordinator. */
async function start(controller: object): Promise<void> {
  const engines = [{ id: 'engine', count: 2, model: '/models/tiny', servedModelName: 'tiny' }];
  fleet = await startTestFleet({ controller: { api: 'coordinator', ...controller }, engines });
  const { engines: urls, controller: controllerUrl } = fleet.urls;
  const ports = urls.map((url) => Number(new URL(url).port));
  gateway = await startTestGateway({
    endpoints: ['engine-a', 'engine-b'].map((id, index) => ({ id, port: ports[index]! })),
    filters: `{name: dgp.filter.ai.kvcache, config: {enabled: true, vllm_endpoint: "${urls[0]}", lmcache_endpoint: "${controllerUrl}", lookup_routing_timeout: 2s}}`,
  });
}

const chatOf = (word: string, members: object = { model: 'tiny' }): object => ({
  ...members,
  messages: [{ role: 'user', content: `${word} `.repeat(700) }],
  max_tokens: 1,
});

/** Which engine the gateway sends a prompt to, and why. */
async function routed(word: string, members?: object): Promise<Record<string, string | null>> {
  const chat = chatOf(word, members);
  const { status, headers } = await send(`${gateway.url}/v1/chat/completions`, chat);
  expect(status).toBe(200);
  const read = (name: string): string | null => headers.get(`x-kvcache-${name}`);
  return { reason: read('reason'), endpoint: read('endpoint'), cached: read('cached-tokens') };
}

const hold = (engine: number, word: string): Promise<unknown> =>
  send(`${fleet.urls.engines[engine]}/v1/chat/completions`, chatOf(word));

/** As an MP server reports that was started long after the mocks. */
const posted = (instance: string, entries: readonly object[], place: object): Promise<Json> =>
  send(`${fleet.urls.controller}/events`, {
    batches: [
      {
        instance_id: instance,
        incarnation: 4_000_000_000,
        seq: 1,
        event_type: 'store',
        ...place,
        entries,
      },
    ],
  });

describe('a gateway that asks a coordinator', () => {
  it.each([1, 2, 8])(
    'finds what engines of %i ranks hold under their model’s path',
    async (ranks) => {
      await start({ worldSize: ranks });
      await hold(1, 'held');
      expect(await routed('held')).toMatchObject({ reason: 'hit', endpoint: 'engine-b' });
      expect((await routed('unheld'))['reason']).toBe('no-holder');
    },
  );

  it('takes a request that names no model for one of the model served', async () => {
    await start({});
    await hold(1, 'nameless');
    expect(await routed('nameless', {})).toMatchObject({ reason: 'hit', endpoint: 'engine-b' });
  });

  it('learns the number of ranks once somebody has stored something', async () => {
    await start({ worldSize: 2 });
    expect((await routed('early'))['reason']).toBe('no-holder');
    await hold(1, 'late');
    const found = await pollUntil(
      async () => ((await routed('late'))['endpoint'] === 'engine-b' ? true : undefined),
      { clock: systemClock, deadlineMs: 5_000, intervalMs: 200 },
    );
    expect(found).toBe(true);
  });

  it.each([
    ['a shared tier', { tier: 'l2', backend: 's3', shared: true }, 'no-holder', null],
    ['a disk of its own', { tier: 'l2', backend: 'fs' }, 'hit', 'engine-b'],
  ])('takes what lies in %s for what it is', async (_, place, reason, endpoint) => {
    await start({});
    const { controller, engines } = fleet.urls;
    const { json } = await send(`${engines[0]}/tokenize`, chatOf('slow'));
    const named = { model_name: '/models/tiny', token_ids: json.tokens };
    const found = (await send(`${controller}/directory/lookup`, named)).json.results;
    await posted(
      'engine-b',
      found.map(({ key }: Json) => ({ key, size_bytes: 1 })),
      place,
    );
    const answer = await routed('slow');
    expect(answer['reason']).toBe(reason);
    if (endpoint !== null) expect(answer['endpoint']).toBe(endpoint);
  });

  it('says that an old one has no directory', async () => {
    await start({ lmcache: '0.5.2' });
    expect((await routed('any'))['reason']).toBe('no-directory');
  });
});
