import { expect, it } from 'vitest';
import { parseMetrics } from '../../src/protocol/prometheus.ts';
import { served, startTestGateway, startUpstream } from '../helpers/gateway.ts';

const CHAT = { method: 'POST', body: JSON.stringify({ model: 'm', messages: [] }) };

it('forwards a chat and says who served it', async () => {
  await using engine = await startUpstream(served('a'));
  await using gateway = await startTestGateway({ endpoints: [{ id: 'a', port: engine.port }] });
  const answer = await fetch(`${gateway.url}/v1/chat/completions?x=1`, CHAT);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({ served_by: 'a' });
  expect(answer.headers.get('x-kvcache-endpoint')).toBe('a');
  expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  expect(engine.seen[0]!.url).toBe('/v1/chat/completions?x=1');
  expect(engine.bodies[0]).toBe(CHAT.body);
  expect(engine.seen[0]!.headers).toMatchObject({
    host: `127.0.0.1:${engine.port}`,
    via: '1.1 kvcache',
    'x-forwarded-for': '127.0.0.1',
  });
});

it('counts upstream attempts under Pixiu’s names before the client sees the end', async () => {
  await using engine = await startUpstream(served('a'));
  await using gateway = await startTestGateway({ endpoints: [{ id: 'a', port: engine.port }] });
  await (await fetch(`${gateway.url}/v1/x`, CHAT)).text();
  const text = await (await fetch(gateway.metricsUrl!)).text();
  const samples = parseMetrics(text).flatMap((family) => family.samples);
  const labels = {
    cluster_name: 'llm',
    endpoint_id: 'a',
    endpoint_address: `127.0.0.1:${engine.port}`,
  };
  expect(samples).toContainEqual({ name: 'pixiu_llm_upstream_requests_total', labels, value: 1 });
  expect(samples).toContainEqual({
    name: 'pixiu_llm_upstream_requests_success_total',
    labels: { ...labels, status_code: '200' },
    value: 1,
  });
});

it('answers in Pixiu’s shape where no route matches', async () => {
  await using gateway = await startTestGateway({ endpoints: [{ id: 'a', port: 1 }] });
  const answer = await fetch(`${gateway.url}/v2/x`);
  expect(answer.status).toBe(404);
  expect(await answer.json()).toMatchObject({ status: 404, message: 'Route not found' });
});

it('keeps the head of a stream until its first chunk, when it still may be another engine’s', async () => {
  let finish = (): void => {};
  await using engine = await startUpstream((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    finish = () => {
      response.write('data: {"a":1}\n\n');
      response.end('data: [DONE]\n\n');
    };
  });
  await using gateway = await startTestGateway({
    endpoints: [{ id: 'a', port: engine.port }],
    proxy: '{timeout: 500ms}',
  });
  expect((await fetch(`${gateway.url}/v1/x`, CHAT)).status).toBe(504);
  const asked = fetch(`${gateway.url}/v1/x`, CHAT);
  await expect.poll(() => engine.seen.length).toBe(2);
  finish();
  const answer = await asked;
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  expect(await answer.text()).toBe('data: {"a":1}\n\ndata: [DONE]\n\n');
});

it('closes the engine’s connection at once when the client leaves', async () => {
  const closed = deferred();
  await using engine = await startUpstream((request, response) => {
    request.socket.once('close', () => closed.resolve());
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: 1\n\n');
  });
  await using gateway = await startTestGateway({ endpoints: [{ id: 'a', port: engine.port }] });
  const controller = new AbortController();
  const answer = await fetch(`${gateway.url}/v1/x`, { ...CHAT, signal: controller.signal });
  expect(answer.status).toBe(200);
  controller.abort();
  await closed.promise;
});

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((it) => (resolve = it));
  return { promise, resolve };
}
