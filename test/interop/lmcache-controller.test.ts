import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startParityEngine } from '../../mocks/parity/engine.ts';
import type { RunningMock } from '../../mocks/running-mock.ts';
import { systemClock } from '../../src/base/clock.ts';
import { ControllerClient } from '../../src/net/controller/controller-client.ts';
import { jsonOf } from '../../src/net/answer.ts';
import { callHttp } from '../../src/net/call.ts';
import { startTestGateway } from '../helpers/gateway.ts';
import { OLD_LMCACHE, oldLmcache } from './lmcache-peers.ts';
import { type LmcacheProcess, START_MS, startLmcache } from './lmcache-process.ts';

const PROMPT = Array.from({ length: 600 }, (_, index) => `word${index}`).join(' ');

describe.skipIf(oldLmcache.missing !== undefined)(`LMCache ${OLD_LMCACHE} controller`, () => {
  let controller: LmcacheProcess | undefined;
  let url: string;

  beforeAll(async () => {
    controller = await startLmcache(oldLmcache.missing === undefined ? oldLmcache.python : '');
    url = controller.url;
  }, START_MS + 10_000);

  afterAll(() => controller?.[Symbol.asyncDispose]());

  const admit = (instance: string, tokens: readonly number[]): Promise<number> =>
    controller!.admit({ instance, location: 'LocalCPUBackend', tokens });

  const post = async (path: string, json: unknown): Promise<{ status: number; json: unknown }> => {
    const answer = await callHttp({ url: `${url}${path}`, json, timeoutMs: 5_000 });
    return { status: answer.status, json: jsonOf(answer, `${url}${path}`) };
  };

  it('is recognised by side-effect-free probes', async () => {
    const client = new ControllerClient({
      baseUrl: url,
      clock: systemClock,
      dialect: 'auto',
      detectTimeoutMs: 5_000,
      connectionsMax: 0,
    });
    await client.detect();
    expect(client.dialect).toBe('legacy');
  });

  it('answers as our mock and our clients believe it does', async () => {
    expect(await post('/lookup', { prompt: 'x' })).toMatchObject({
      status: 422,
      json: { detail: [{ type: 'missing', loc: ['body', 'tokens'], msg: 'Field required' }] },
    });
    expect(await post('/evict', { tokens: [1] })).toEqual({
      status: 404,
      json: { detail: 'Not Found' },
    });
    const pin = await post('/pin', {
      tokens: [1],
      instance_id: 'nobody',
      location: 'LocalCPUBackend',
    });
    expect(pin).toMatchObject({ status: 500, json: { detail: expect.any(String) } });
    expect((await callHttp({ url: `${url}/lookup`, timeoutMs: 5_000 })).status).toBe(405);
  });

  it('lists admitted chunks as arrays, whole chunks of 256 first, the unfull one last', async () => {
    const tokens = Array.from({ length: 600 }, (_, index) => 7_000 + index);
    expect(await admit('engine-x', tokens)).toBe(3);
    const layout = async (asked: number[]): Promise<unknown> =>
      ((await post('/lookup', { tokens: asked })).json as { layout_info: unknown }).layout_info;
    expect(await layout(tokens)).toEqual({ 'engine-x': ['LocalCPUBackend', 600] });
    expect(await layout(tokens.slice(0, 520))).toEqual({ 'engine-x': ['LocalCPUBackend', 512] });
    expect(await layout(tokens.slice(0, 255))).toEqual({});
  });

  it('steers a chat through the embedded gateway to the engine that holds it', async () => {
    const engines: RunningMock[] = [];
    for (const id of ['engine-a', 'engine-b']) {
      engines.push(
        await startParityEngine({
          listen: { host: '127.0.0.1', port: 0 },
          id,
          isTokenizeEnabled: true,
          delayMs: 0,
          clock: systemClock,
        }),
      );
    }
    const ports = engines.map((engine) => Number(new URL(engine.url).port));
    await using gateway = await startTestGateway({
      endpoints: [
        { id: 'engine-a', port: ports[0]! },
        { id: 'engine-b', port: ports[1]! },
      ],
      filters: `{name: dgp.filter.ai.kvcache, config: {enabled: true, vllm_endpoint: "http://127.0.0.1:${ports[0]}", lmcache_endpoint: "${url}", lookup_routing_timeout: 500ms, token_cache: {enabled: true, max_size: 100, ttl: 1m}}}`,
    });
    const chat = { model: 'mock-model', messages: [{ role: 'user', content: PROMPT }] };
    const tokenized = await callHttp({
      url: `${engines[0]!.url}/tokenize`,
      json: chat,
      timeoutMs: 5_000,
    });
    const { tokens } = JSON.parse(tokenized.text) as { tokens: number[] };
    await admit('engine-b', tokens);
    const served = await callHttp({
      url: `${gateway.url}/v1/chat/completions`,
      json: chat,
      timeoutMs: 5_000,
    });
    expect(served.headers).toMatchObject({
      'x-kvcache-endpoint': 'engine-b',
      'x-kvcache-cached-tokens': '600',
    });
    await Promise.all(engines.map((engine) => engine.close()));
  });
});
