import { createServer, type RequestListener, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import { jsonOf } from '../../src/net/answer.ts';
import { callHttp } from '../../src/net/call.ts';
import { listen } from '../../src/net/listen.ts';

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function serve(handler: RequestListener): Promise<string> {
  const server = createServer(handler);
  servers.push(server);
  return (await listen(server, { host: '127.0.0.1', port: 0 }, 'test server')).url;
}

it('sends JSON with POST, and takes any status for an answer', async () => {
  const url = await serve((request, response) => {
    void text(request).then((body) =>
      response
        .writeHead(418, { 'x-seen': `${request.method} ${request.headers['content-type']}` })
        .end(body),
    );
  });
  const answer = await callHttp({ url, json: { tokens: [1] }, timeoutMs: 5_000 });
  expect([answer.status, answer.headers['x-seen'], answer.text]).toEqual([
    418,
    'POST application/json',
    '{"tokens":[1]}',
  ]);
});

it('sends user info of the URL as basic authorization, and never shows it', async () => {
  const url = await serve((request, response) => response.end(request.headers.authorization));
  const secretUrl = url.replace('http://', 'http://me:hush@');
  const answer = await callHttp({ url: secretUrl, timeoutMs: 5_000 });
  expect(answer.text).toBe(`Basic ${Buffer.from('me:hush').toString('base64')}`);
  let shown = '';
  try {
    jsonOf(answer, secretUrl);
  } catch (error) {
    shown = JSON.stringify(error);
  }
  expect(shown).toContain('NOT_JSON');
  expect(shown).not.toContain('hush');
});

it('gives up at the deadline, also in the middle of a body', async () => {
  const silent = await serve(() => {});
  const stuck = await serve((_request, response) => response.write('half'));
  for (const url of [silent, stuck]) {
    await expect(callHttp({ url, timeoutMs: 50 })).rejects.toMatchObject({ code: 'TIMEOUT' });
  }
});

it('throws the reason of the signal when it is aborted', async () => {
  const stop = new AbortController();
  const url = await serve(() => stop.abort(new Error('enough')));
  await expect(callHttp({ url, timeoutMs: 5_000, signal: stop.signal })).rejects.toThrow('enough');
  await expect(callHttp({ url, timeoutMs: 5_000, signal: stop.signal })).rejects.toThrow('enough');
});

it('bounds the body, and hands over its pieces as they come', async () => {
  const url = await serve((_request, response) => response.end('x'.repeat(2_000)));
  await expect(callHttp({ url, timeoutMs: 5_000, maxBytes: 1_999 })).rejects.toMatchObject({
    code: 'ANSWER_TOO_LARGE',
  });
  let bytes = 0;
  await callHttp({
    url,
    timeoutMs: 5_000,
    maxBytes: 2_000,
    onChunk: (chunk) => (bytes += chunk.length),
  });
  expect(bytes).toBe(2_000);
});

it('says what is wrong with a server that is not there or breaks off', async () => {
  const gone = await serve((_request, response) => response.destroy());
  await expect(callHttp({ url: gone, timeoutMs: 5_000 })).rejects.toMatchObject({
    code: 'UNREACHABLE',
    message: 'Cannot reach the server: the connection was broken off (ECONNRESET).',
  });
  await expect(callHttp({ url: 'http://127.0.0.1:1', timeoutMs: 5_000 })).rejects.toMatchObject({
    code: 'UNREACHABLE',
    message: 'Cannot reach the server: nothing listens at this address (ECONNREFUSED).',
    where: 'http://127.0.0.1:1',
  });
});
