import { once } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { KvcacheError } from '../../../src/base/errors.ts';
import { closeGracefully, listen } from '../../../src/net/listen.ts';
import { WireServer } from '../../../mocks/http/wire-server.ts';
import { eventually, RawClient, startWire, type TestWire } from '../../helpers/wire.ts';

const GET = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';
const LONG_MS = 60_000;

const served = (wire: TestWire, count = 1): Promise<void> =>
  eventually(() => expect(wire.served).toHaveLength(count));
const accepted = (wire: TestWire, bytes: number): Promise<void> =>
  eventually(() => expect(wire.sockets[0]?.bytesRead).toBe(bytes));

describe('closing gracefully', () => {
  it('lets idle connections go at once', async () => {
    await using wire = await startWire((_request, reply) => reply.send(200, [], ''));
    using idle = new RawClient(wire.port);
    using silent = new RawClient(wire.port);
    idle.say(GET);
    await idle.hears('200');
    await eventually(() => expect(wire.sockets).toHaveLength(2));
    expect(await closeGracefully(wire.server, LONG_MS)).toBe(true);
    await Promise.all([idle.ends('fin'), silent.ends('fin')]);
  });

  it('waits for a running answer and sends it whole', async () => {
    await using wire = await startWire();
    using client = new RawClient(wire.port);
    client.say(GET);
    await served(wire);
    const closing = closeGracefully(wire.server, LONG_MS);
    const { reply } = wire.served[0]!;
    reply.open(200, []);
    reply.write('one');
    await client.hears('one');
    reply.end('two');
    expect(await closing).toBe(true);
    await client.ends('fin');
    expect(client.heard).toMatch(/3\r\ntwo\r\n0\r\n\r\n$/);
  });

  it('waits until an answer has been read', async () => {
    const body = 'x'.repeat(16 * 1_024 * 1_024);
    await using wire = await startWire((_request, reply) => reply.send(200, [], body));
    using client = new RawClient(wire.port);
    client.socket.pause();
    client.say(GET);
    await served(wire);
    expect(wire.sockets[0]!.writableLength).toBeGreaterThan(0);
    const closing = closeGracefully(wire.server, LONG_MS);
    client.socket.resume();
    expect(await closing).toBe(true);
    await client.ends('fin');
    expect(client.heard.split('\r\n\r\n')[1]).toHaveLength(body.length);
  });

  it.each([
    ['a head', GET.slice(0, -1)],
    ['a body', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{'],
  ])('takes a request whose %s is still coming', async (_what, begun) => {
    await using wire = await startWire((_request, reply) => reply.send(200, [], ''));
    using client = new RawClient(wire.port);
    client.say(begun);
    await accepted(wire, begun.length);
    const closing = closeGracefully(wire.server, LONG_MS);
    client.say(begun.endsWith('{') ? '}' : '\n');
    expect(await closing).toBe(true);
    await client.hears('200');
    await client.ends('fin');
  });

  it.each([
    ['a head', GET.slice(0, -1)],
    ['a body', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{'],
    ['an answer', GET],
  ])('cuts what is still waiting for %s in the end', async (_what, begun) => {
    await using wire = await startWire();
    using client = new RawClient(wire.port);
    client.say(begun);
    await accepted(wire, begun.length);
    expect(await closeGracefully(wire.server, 50)).toBe(false);
    await eventually(() => expect(client.socket.closed).toBe(true));
  });

  it('ends a thousand connections, served and idle', async () => {
    await using wire = await startWire((_request, reply) => reply.send(200, [], 'ok'));
    const clients: RawClient[] = [];
    // No more at once than wait for being accepted: the system drops others for a second.
    for (let round = 1; round <= 10; round++) {
      for (let count = 0; count < 100; count++) clients.push(new RawClient(wire.port));
      await eventually(() => expect(wire.sockets).toHaveLength(clients.length));
    }
    for (const client of clients) client.say(GET);
    await eventually(() => expect(clients.every(({ heard }) => heard.endsWith('ok'))).toBe(true));
    for (const client of clients.slice(500)) client.say(GET);
    await served(wire, 1_500);
    expect(await closeGracefully(wire.server, LONG_MS)).toBe(true);
    await eventually(() => expect(clients.every(({ ending }) => ending === 'fin')).toBe(true));
    expect(wire.sockets.every(({ closed }) => closed)).toBe(true);
  });
});

describe('a client that takes its time', () => {
  it.each([
    ['says nothing', []],
    ['says its head byte by byte', GET.slice(0, -1).split('')],
    ['says nothing but blank lines', ['\r\n', '\r\n', '\r\n']],
  ])('and %s is dropped without a word', async (_what, pieces) => {
    await using wire = await startWire(undefined, { headTimeoutMs: 100 });
    using client = new RawClient(wire.port);
    client.say(...pieces);
    await eventually(() => expect(client.socket.closed).toBe(true));
    expect(client.heard).toBe('');
    expect(wire.served).toHaveLength(0);
  });
});

describe('a server', () => {
  const options = { serve: () => {}, headTimeoutMs: 1_000, bodyBytesMax: 1_000 };

  afterEach(() => void vi.useRealTimers());

  it('has a timer only while it listens', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const server = new WireServer(options);
    expect(vi.getTimerCount()).toBe(0);
    for (let round = 0; round < 2; round++) {
      await listen(server, { host: '127.0.0.1', port: 0 }, 'test server');
      expect(vi.getTimerCount()).toBe(1);
      const closed = once(server, 'close');
      server.close();
      await closed;
      expect(vi.getTimerCount()).toBe(0);
    }
  });

  it('whose port is taken says so and leaves nothing behind', async () => {
    await using wire = await startWire();
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const second = new WireServer(options);
    const listening = listen(second, { host: '127.0.0.1', port: wire.port }, 'test server');
    await expect(listening).rejects.toSatisfy(
      (error) => error instanceof KvcacheError && error.code === 'PORT_TAKEN',
    );
    expect(vi.getTimerCount()).toBe(0);
    expect(await closeGracefully(second, LONG_MS)).toBe(true);
  });
});
