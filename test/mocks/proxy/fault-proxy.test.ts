import { afterEach, describe, expect, it } from 'vitest';
import { readFaultRules } from '../../../mocks/faults/fault-rule.ts';
import {
  checkProxyRules,
  type RunningFaultProxy,
  startFaultProxy,
} from '../../../mocks/proxy/fault-proxy.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { plainNode } from '../../../src/schema/node.ts';
import { startTestFleet, type TestFleet } from '../../helpers/mock-fleet.ts';

const running: (TestFleet | RunningFaultProxy)[] = [];
afterEach(async () => {
  for (const it of running.splice(0).toReversed()) await it.close();
});

async function proxied(rules: unknown[] = []): Promise<{ engine: string; proxy: string }> {
  const fleet = await startTestFleet({ engines: [{ count: 1, profile: 'instant' }] });
  running.push(fleet);
  const target = fleet.urls.engines[0]!;
  const proxy = await startFaultProxy({
    target,
    access: { headers: {} },
    id: 'fault-proxy',
    listen: { host: '127.0.0.1', port: 0 },
    faults: readFaultRules(plainNode(rules, 'rules')),
    seed: 1,
    clock: systemClock,
  });
  running.push(proxy);
  return { engine: target, proxy: proxy.url };
}

function chat(url: string, stream: boolean): Promise<Response> {
  const messages = [{ role: 'user', content: 'What is as it was — naïve, 你好?' }];
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-request-id': 'r1' },
    body: JSON.stringify({ model: 'mock-model', messages, stream, max_tokens: 5, seed: 1 }),
  });
}

/** What differs between two answers to one question. */
const timeless = (text: string): string => text.replaceAll(/"(?:created|id)":[^,]+,/g, '');

describe('the fault proxy without a fault', () => {
  it.each([true, false])('passes a completion on as it is (stream: %s)', async (stream) => {
    const { engine, proxy } = await proxied();
    // The first one fills the cache, which answers tell of.
    await (await chat(engine, stream)).text();
    const [straight, passed] = [await chat(engine, stream), await chat(proxy, stream)];
    expect(passed.status).toBe(200);
    expect(passed.headers.get('content-type')).toBe(straight.headers.get('content-type'));
    expect(passed.headers.get('x-inference-pod')).toBe(straight.headers.get('x-inference-pod'));
    expect(timeless(await passed.text())).toBe(timeless(await straight.text()));
  });

  it('passes everything else on, errors too', async () => {
    const { engine, proxy } = await proxied();
    for (const path of ['/v1/models', '/health', '/nowhere']) {
      const [straight, passed] = [await fetch(engine + path), await fetch(proxy + path)];
      expect(passed.status).toBe(straight.status);
      expect(timeless(await passed.text())).toBe(timeless(await straight.text()));
    }
  });
});

describe('the fault proxy', () => {
  it('answers in the place of the engine', async () => {
    const { proxy } = await proxied([{ do: { status: { code: 503 } }, times: 1 }]);
    expect((await chat(proxy, false)).status).toBe(503);
    expect((await chat(proxy, false)).status).toBe(200);
  });

  it('cuts a stream of the engine after so many tokens', async () => {
    const { proxy } = await proxied([{ do: { closeAfter: { tokens: 2 } } }]);
    const answer = await chat(proxy, true);
    const text = await answer.text().catch((error: unknown) => String(error));
    expect(text).not.toContain('[DONE]');
  });

  it('leaves out the end of a stream, and keeps its tokens', async () => {
    const { engine, proxy } = await proxied([{ do: { omitDone: {} } }]);
    const [whole, cut] = [
      await (await chat(engine, true)).text(),
      await (await chat(proxy, true)).text(),
    ];
    expect(timeless(`${cut}data: [DONE]\n\n`)).toBe(timeless(whole));
  });

  it('cuts a JSON answer short', async () => {
    const { proxy } = await proxied([{ do: { truncateJson: { bytes: 10 } } }]);
    await expect((await chat(proxy, false)).text()).rejects.toThrow('terminated');
  });

  it('does as a header asks', async () => {
    const { proxy } = await proxied();
    const headers = { 'x-mock-fault': 'status:code=429' };
    expect((await fetch(`${proxy}/v1/models`, { headers })).status).toBe(429);
  });

  it('says so when the engine is gone', async () => {
    const { proxy } = await proxied();
    await running[0]!.close();
    const answer = await chat(proxy, false);
    expect(answer.status).toBe(502);
    expect(await answer.text()).toMatch(/The engine did not answer/);
  });

  it('refuses rules that could not strike', () => {
    const rules = readFaultRules(plainNode([{ do: { slow: { factor: 3 } } }], 'rules'));
    expect(() => checkProxyRules(rules)).toThrow(/slow befalls a mock from within; a proxy can do/);
  });
});
