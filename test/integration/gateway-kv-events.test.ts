import { afterEach, describe, expect, it } from 'vitest';
import {
  type ConfigText,
  gatewayConfig,
  startTestGateway,
  type TestGateway,
} from '../helpers/gateway.ts';
import { send, startTestFleet, type TestFleet } from '../helpers/mock-fleet.ts';

let fleet: TestFleet;
let gateway: TestGateway;
afterEach(async () => {
  await gateway[Symbol.asyncDispose]();
  await fleet.close();
});

/** Two engines without a controller, and a gateway that hears of those whose address it has. */
async function start(heard = 2, vllm = '0.32.0'): Promise<ConfigText> {
  fleet = await startTestFleet({
    controller: null,
    engines: [{ count: 2, vllm, kvEvents: true, profile: { base: 'instant' } }],
  });
  const ids = ['engine-a', 'engine-b'];
  const { engines } = fleet.urls;
  const sources = ids
    .slice(0, heard)
    .map((id, index) => `{endpoint: ${id}, url: "${engines[index]}/__mock/events"}`);
  const given = {
    endpoints: ids.map((id, index) => ({ id, port: Number(new URL(engines[index]!).port) })),
    filters: `{name: dgp.filter.ai.kvcache, config: {enabled: true, vllm_endpoint: "${engines[0]}"}}`,
    extension:
      `{admin: {}, routing: {policy: events, tokenize_timeout: 10s}, ` +
      `kv_events: {sources: [${sources.join(', ')}]}}`,
  };
  gateway = await startTestGateway(given);
  return given;
}

const chatOf = (word: string): object => ({
  model: 'mock-model',
  max_tokens: 1,
  messages: [{ role: 'user', content: `${word} `.repeat(200) }],
});

async function ask(word: string) {
  const { status, headers, json } = await send(`${gateway.url}/v1/chat/completions`, chatOf(word));
  expect(status).toBe(200);
  const read = (name: string): string | null => headers.get(`x-kvcache-${name}`);
  return {
    reason: read('reason'),
    cause: read('cause'),
    endpoint: read('endpoint'),
    predicted: Number(read('cached-tokens')),
    cached: json.usage.prompt_tokens_details?.cached_tokens ?? 0,
  };
}

const explain = async (word: string) =>
  (await send(`${gateway.adminUrl}/explain`, chatOf(word))).json;

/** Straight to an engine, past the gateway. */
const prime = (engine: number, word: string): Promise<unknown> =>
  send(`${fleet.urls.engines[engine]}/v1/chat/completions`, chatOf(word));

const reasonOf = async (word: string): Promise<string> => (await explain(word)).reason;

const within = { timeout: 30_000 };

async function metric(line: string): Promise<number> {
  const { text } = await send(gateway.metricsUrl!);
  const found = text.split('\n').find((it) => it.startsWith(`${line} `));
  return Number(found?.split(' ')[1]);
}

describe('policy events', () => {
  it.each(['0.32.0', '0.21.0', '0.9.2'])(
    'finds what was sent past the gateway, exactly (vLLM %s)',
    async (vllm) => {
      await start(2, vllm);
      await prime(0, 'left');
      await prime(1, 'right');
      for (const word of ['left', 'right']) {
        await expect.poll(() => reasonOf(word), within).toBe('hit');
        const seen = await ask(word);
        expect(seen.endpoint).toBe(word === 'left' ? 'engine-a' : 'engine-b');
        expect(seen.cached).toBeGreaterThan(100);
        expect(seen.predicted).toBe(seen.cached);
      }
      expect((await ask('nobody had this')).reason).toBe('no-holder');
    },
  );

  it('forgets what an engine drops, at once', async () => {
    await start();
    await prime(1, 'gone');
    await expect.poll(() => reasonOf('gone'), within).toBe('hit');
    await send(`${fleet.urls.engines[1]}/reset_prefix_cache`, {});
    await expect.poll(() => reasonOf('gone'), within).toBe('no-holder');
    expect(await metric('kvcache_kv_event_blocks{endpoint="engine-b"}')).toBe(0);
  });

  it('leaves it to the prefix index while an engine is not heard', async () => {
    await start(1);
    await expect.poll(() => metric('kvcache_kv_events_heard{endpoint="engine-a"}'), within).toBe(1);
    const first = await ask('unheard');
    expect(first.reason).toBe('no-events');
    const again = await ask('unheard');
    expect(again).toMatchObject({
      reason: 'prefix-hit-degraded',
      cause: 'no-events',
      endpoint: first.endpoint,
    });
    expect(again.cached).toBeGreaterThan(100);
    expect((await explain('unheard')).failure).toContain('engine-b has no source');
  });

  it('refills gaps, and says how often', async () => {
    await start();
    await expect.poll(() => reasonOf('first'), within).toBe('no-holder');
    const url = fleet.urls.engines[0]!;
    const rules = [{ do: { kvEvents: { drop: 1 } }, times: 1 }];
    await send(`${url}/__mock/faults`, { rules }, { method: 'PUT' });
    await prime(0, 'lost on the way');
    await prime(0, 'heard');
    await expect.poll(() => reasonOf('lost on the way'), within).toBe('hit');
    const refilled = 'kvcache_kv_event_gaps_total{endpoint="engine-a",outcome="refilled"}';
    expect(await metric(refilled)).toBe(1);
  });

  it('keeps its index over a reload that leaves the sources alone', async () => {
    const given = await start();
    await prime(0, 'kept');
    await expect.poll(() => reasonOf('kept'), within).toBe('hit');
    const events = 'kvcache_kv_events_total{endpoint="engine-a"}';
    const before = await metric(events);
    await gateway.reload(gatewayConfig({ ...given, lbPolicy: 'Rand' }));
    expect(await reasonOf('kept')).toBe('hit');
    // Whoever began anew would have been told all of it again.
    expect(await metric(events)).toBe(before);
    await prime(0, 'later');
    await expect.poll(() => reasonOf('later'), within).toBe('hit');
  });
});
