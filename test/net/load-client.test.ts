import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createLoadClient, type LoadClient } from '../../src/net/load-client.ts';

interface Peer {
  url: string;
  /** Everything received, per connection. */
  received: string[];
  /** When the last of its connections closed. */
  quiet: () => Promise<void>;
  [Symbol.asyncDispose]: () => Promise<void>;
}

/** A TCP server that answers as the test wants; `at` counts the pieces received on a connection. */
async function peer(
  answer: (socket: Socket, at: number) => void,
  host = '127.0.0.1',
): Promise<Peer> {
  const received: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const index = received.push('') - 1;
    sockets.add(socket);
    let at = 0;
    socket.on('data', (data) => {
      received[index] += data.toString('latin1');
      answer(socket, at++);
    });
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await once(server.listen(0, host), 'listening');
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}/v1/chat?x=1`,
    received,
    quiet: async () => {
      for (const socket of sockets) await once(socket, 'close');
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

/** One exchange: its body, or its error's message. */
function post(client: LoadClient, body = 'hi', abortAfter?: (abort: () => void) => void) {
  return new Promise<string>((resolve) => {
    let text = '';
    const exchange = client.post(Buffer.from(body), {
      onSent: () => {},
      onHead: () => {},
      onBytes: (chunk) => (text += chunk.toString()),
      onEnd: () => resolve(text),
      onFailure: (error) => resolve(`failed: ${error.message}`),
    });
    abortAfter?.(() => exchange.abort(new Error('enough')));
  });
}

function clientOf(url: string, connections = 1, headers: Record<string, string> = {}): LoadClient {
  return createLoadClient({ url, connections, headers, connectTimeoutMs: 2000 });
}

describe('createLoadClient', () => {
  it('sends one request in one piece and keeps the connection', async () => {
    await using server = await peer((socket) => socket.write(OK));
    const client = clientOf(server.url, 4, { authorization: 'Bearer k' });
    expect([await post(client), await post(client, 'yo!')]).toEqual(['ok', 'ok']);
    await client.close();
    const { host } = new URL(server.url);
    const head = (length: number): string =>
      `POST /v1/chat?x=1 HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n` +
      `accept: */*\r\nauthorization: Bearer k\r\ncontent-length: ${length}\r\n\r\n`;
    expect(server.received).toEqual([`${head(2)}hi${head(3)}yo!`]);
  });

  it('sends user info as basic authorization, and reaches IPv6 addresses', async () => {
    await using server = await peer((socket) => socket.write(OK), '::1');
    const client = clientOf(server.url.replace('//', '//me:p%40ss@'));
    expect(await post(client)).toBe('ok');
    await client.close();
    const pair = Buffer.from('me:p@ss').toString('base64');
    expect(server.received[0]).toContain(`\r\nauthorization: Basic ${pair}\r\n`);
    expect(server.received[0]).toContain(`\r\nhost: ${new URL(server.url).host}\r\n`);
  });

  it('lets what exceeds its connections wait its turn', async () => {
    const sockets: Socket[] = [];
    await using server = await peer((socket) => sockets.push(socket));
    const client = clientOf(server.url, 1);
    const answers = [post(client, 'a'), post(client, 'b'), post(client, 'c', (abort) => abort())];
    expect(await answers[2]).toBe('failed: enough');
    await expect.poll(() => sockets.length).toBe(1);
    sockets[0]!.write(OK);
    expect(await answers[0]).toBe('ok');
    await expect.poll(() => sockets.length).toBe(2);
    sockets[1]!.write(OK);
    expect(await answers[1]).toBe('ok');
    expect(server.received).toHaveLength(1);
    await client.close();
  });

  it.each([
    ['says so', 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok'],
    ['grants no time', 'HTTP/1.1 200 OK\r\nkeep-alive: timeout=1\r\ncontent-length: 2\r\n\r\nok'],
    ['sent more than was asked for', `${OK}HTTP/1.1 200`],
  ])('opens a new connection when the server %s', async (_, answer) => {
    await using server = await peer((socket) => socket.write(answer));
    const client = clientOf(server.url);
    expect([await post(client), await post(client)]).toEqual(['ok', 'ok']);
    expect(server.received).toHaveLength(2);
    await client.close();
  });

  it('does not wait for a server that closed the idle connection', async () => {
    await using server = await peer((socket, at) => (at === 0 ? socket.end(OK) : undefined));
    const client = clientOf(server.url);
    expect(await post(client)).toBe('ok');
    await server.quiet();
    expect(await post(client)).toBe('ok');
    await client.close();
  });

  it('reads to the end of the connection where nothing else ends the answer', async () => {
    await using server = await peer((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nto the end'));
    const client = clientOf(server.url);
    expect(await post(client)).toBe('to the end');
    await client.close();
  });

  it.each([
    ['closes early', (socket: Socket) => socket.end(OK.slice(0, -1)), /closed the connection/],
    ['resets', (socket: Socket) => socket.resetAndDestroy(), /ECONNRESET/],
    ['speaks something else', (socket: Socket) => socket.write('220 smtp\r\n'), /not valid HTTP/],
  ])('fails once when the server %s, and goes on', async (_, misbehave, message) => {
    let count = 0;
    await using server = await peer((socket) =>
      count++ === 0 ? misbehave(socket) : socket.write(OK),
    );
    const client = clientOf(server.url);
    expect(await post(client)).toMatch(message);
    expect(await post(client)).toBe('ok');
    await client.close();
  });

  it('never sends a request again, not even one that met the end of an idle connection', async () => {
    let count = 0;
    await using server = await peer((socket) =>
      ++count === 2 ? socket.resetAndDestroy() : socket.write(OK),
    );
    const client = clientOf(server.url);
    expect(await post(client)).toBe('ok');
    expect(await post(client)).toMatch(/ECONNRESET/);
    expect(count).toBe(2);
    await client.close();
  });

  it('an abort after the end harms nobody', async () => {
    await using server = await peer((socket) => socket.write(OK));
    const client = clientOf(server.url);
    let abort = (): void => {};
    expect(await post(client, 'a', (it) => (abort = it))).toBe('ok');
    const next = post(client, 'b');
    abort();
    expect(await next).toBe('ok');
    await client.close();
  });

  it('fails what is open when it is closed, and what comes after', async () => {
    await using server = await peer(() => {});
    const client = clientOf(server.url);
    const open = [post(client), post(client)];
    await client.close();
    expect(await Promise.all([...open, post(client)])).toEqual([
      'failed: The client was closed.',
      'failed: The client was closed.',
      'failed: The client was closed.',
    ]);
  });

  it.each([['a\nb'], ['ключ']])('refuses the header value %j', (value) => {
    expect(() => clientOf('http://127.0.0.1:1', 1, { authorization: value })).toThrow(
      expect.objectContaining({ code: 'HEADER_INVALID' }),
    );
  });
});
