import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent, request as undiciRequest } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLoadClient, type LoadClient } from '../../../src/net/load-client.ts';
import type { Reply } from '../../../mocks/http/reply.ts';
import type { ServedRequest } from '../../../mocks/http/request-reader.ts';
import { eventually, RawClient, startWire, type TestWire } from '../../helpers/wire.ts';

const BODY_BYTES_MAX = 64 * 1_024;
const TOO_LARGE = 'x'.repeat(8 * 1_024 * 1_024);

/** Echoes in pieces for `/stream`, else whole. */
function echo({ target, body }: ServedRequest, reply: Reply): void {
  if (body === 'too-large') {
    reply.send(413, ['content-type', 'text/plain'], 'too large');
    return;
  }
  const text = body.toString();
  if (target !== '/stream') {
    reply.send(200, [], text);
    return;
  }
  reply.open(200, []);
  for (const piece of text) reply.write(piece);
  reply.end();
}

type Post = (path: string, body: string) => Promise<{ status: number; body: string }>;

let wire: TestWire;
let keepAlive: HttpAgent;
let dispatcher: Agent;
const ownClients = new Map<string, LoadClient>();

beforeAll(async () => {
  wire = await startWire(echo, { bodyBytesMax: BODY_BYTES_MAX });
  keepAlive = new HttpAgent({ keepAlive: true, maxSockets: 1 });
  dispatcher = new Agent({ connections: 1 });
});

afterAll(async () => {
  keepAlive.destroy();
  await Promise.all([dispatcher.close(), ...[...ownClients.values()].map((it) => it.close())]);
  await wire[Symbol.asyncDispose]();
});

/** With how many connections it may send ten requests one after the other. */
const CLIENTS: readonly [string, Post, number][] = [
  [
    'fetch',
    async (path, body) => {
      const answer = await fetch(wire.url + path, { method: 'POST', body });
      return { status: answer.status, body: await answer.text() };
    },
    // It may ask for a connection before it has given back the last one.
    9,
  ],
  [
    'undici',
    async (path, body) => {
      const answer = await undiciRequest(wire.url + path, { method: 'POST', body, dispatcher });
      return { status: answer.statusCode, body: await answer.body.text() };
    },
    1,
  ],
  ['our load client, of which each path has one', viaLoadClient, 2],
  [
    'node:http with a length',
    (path, body) => viaHttp(path, body, { 'content-length': Buffer.byteLength(body) }),
    1,
  ],
  [
    'node:http in chunks',
    (path, body) => viaHttp(path, body, { 'transfer-encoding': 'chunked' }),
    1,
  ],
  [
    'node:http with an expectation',
    (path, body) => viaHttp(path, body, { expect: '100-continue' }),
    1,
  ],
];

function viaLoadClient(path: string, body: string): ReturnType<Post> {
  let client = ownClients.get(path);
  if (!client) {
    const url = wire.url + path;
    client = createLoadClient({ url, connections: 1, connectTimeoutMs: 5_000 });
    ownClients.set(path, client);
  }
  const exchange = { status: 0, body: '' };
  return new Promise((resolve, reject) => {
    client.post(Buffer.from(body), {
      onSent: () => {},
      onHead: (status) => (exchange.status = status),
      onBytes: (chunk) => (exchange.body += chunk.toString('latin1')),
      onEnd: () => {
        const text = Buffer.from(exchange.body, 'latin1').toString();
        resolve({ status: exchange.status, body: text });
      },
      onFailure: reject,
    });
  });
}

function viaHttp(
  path: string,
  body: string,
  headers: Record<string, string | number>,
): ReturnType<Post> {
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', agent: keepAlive, headers };
    const request = httpRequest(wire.url + path, options, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (piece) => (text += String(piece)));
      answer.on('end', () => resolve({ status: answer.statusCode!, body: text }));
      answer.on('error', reject);
    });
    request.on('error', reject);
    if ('expect' in headers) {
      request.once('continue', () => request.end(body));
      request.flushHeaders();
    } else request.end(body);
  });
}

describe.each(CLIENTS)('%s', (_name, post, connectionsMax) => {
  it('reads answers, whole and streamed, on a connection it keeps', async () => {
    const before = wire.sockets.length;
    for (let count = 0; count < 5; count++) {
      for (const path of ['/', '/stream']) {
        expect(await post(path, 'h€llo')).toEqual({ status: 200, body: 'h€llo' });
      }
    }
    expect(wire.sockets.length - before).toBeLessThanOrEqual(connectionsMax);
  });

  it('has its largest body read', async () => {
    const body = 'x'.repeat(BODY_BYTES_MAX);
    expect(await post('/', body)).toEqual({ status: 200, body });
  });
});

describe('a client that goes on sending a body too large', () => {
  it.each(CLIENTS.filter(([name]) => !name.includes('expectation')))(
    'reads the refusal: %s',
    async (_name, post) => {
      expect(await post('/', TOO_LARGE)).toEqual({ status: 413, body: 'too large' });
      expect(await post('/', 'again')).toEqual({ status: 200, body: 'again' });
    },
  );

  it('reads it even when it looks only after sending everything', async () => {
    using client = new RawClient(wire.port, true);
    client.socket.pause();
    client.say(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${TOO_LARGE.length}\r\n\r\n`);
    client.say(TOO_LARGE);
    await eventually(() => expect(client.socket.writableLength).toBe(0));
    client.socket.resume();
    await client.hears(/^HTTP\/1\.1 413 [^]*too large$/);
    await client.ends('fin');
  });
});
