import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Reply } from '../../../mocks/http/reply.ts';
import { ServedConnection } from '../../../mocks/http/served-connection.ts';
import { eventually, RawClient } from '../../helpers/wire.ts';

const HEAD_TIMEOUT_MS = 1_000;
const IDLE_MS = 75_000;
const BODY_MS = 300_000;
const UNREAD_MS = 75_000;
const LINGER_MS = 2_000;

const GET = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';
const LAST = 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n';
const BIG = 'x'.repeat(16 * 1_024 * 1_024);

/** One connection from both its ends; time is what the test says. */
async function connected() {
  const replies: Reply[] = [];
  const server = createServer({ noDelay: true });
  const accepted = new Promise<ServedConnection>((resolve) => {
    server.on('connection', (socket) => {
      const serve = (_request: unknown, reply: Reply): void => void replies.push(reply);
      const options = { serve, headTimeoutMs: HEAD_TIMEOUT_MS, bodyBytesMax: 1_000 };
      resolve(new ServedConnection(socket, options));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = new RawClient((server.address() as AddressInfo).port, true);
  const connection = await accepted;
  return {
    client,
    connection,
    /** The reply to a request that was just sent. */
    async reply(): Promise<Reply> {
      await eventually(() => expect(replies).not.toEqual([]));
      return replies.pop()!;
    },
    /** Until the server has read so much. */
    async read(bytes: number): Promise<void> {
      await eventually(() => expect(connection.socket.bytesRead).toBeGreaterThanOrEqual(bytes));
    },
    [Symbol.asyncDispose]: async () => {
      client.socket.destroy();
      connection.socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** That the connection waits exactly so long for its client, from the next look on. */
function expectLimit(connection: ServedConnection, ms: number, fromMs = 0): void {
  expect(connection.isOverdue(fromMs)).toBe(false);
  expect(connection.isOverdue(fromMs + ms)).toBe(false);
  expect(connection.isOverdue(fromMs + ms + 1)).toBe(true);
}

describe('a connection is given up', () => {
  it('when nothing at all comes', async () => {
    await using peer = await connected();
    expect(peer.connection.isIdle).toBe(true);
    expectLimit(peer.connection, HEAD_TIMEOUT_MS);
  });

  it('when nothing but blank lines come', async () => {
    await using peer = await connected();
    expect(peer.connection.isOverdue(0)).toBe(false);
    peer.client.say('\r\n'.repeat(1_000));
    await peer.read(2_000);
    expect(peer.connection.isOverdue(HEAD_TIMEOUT_MS + 1)).toBe(true);
  });

  it('when a head comes too slowly', async () => {
    await using peer = await connected();
    peer.client.say('GET');
    await peer.read(3);
    expect(peer.connection.isOverdue(0)).toBe(false);
    peer.client.say(' / HTTP/1.1\r\n');
    await peer.read(16);
    expectLimit(peer.connection, HEAD_TIMEOUT_MS);
    expect(peer.connection.isIdle).toBe(false);
  });

  it('when a body comes too slowly', async () => {
    await using peer = await connected();
    const begun = 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{';
    peer.client.say(begun);
    await peer.read(begun.length);
    expectLimit(peer.connection, BODY_MS);
    expect(peer.connection.isIdle).toBe(false);
  });

  it('after a while without a next request, counted from the answer', async () => {
    await using peer = await connected();
    expect(peer.connection.isOverdue(0)).toBe(false);
    peer.client.say(GET);
    const reply = await peer.reply();
    expect(peer.connection.isIdle).toBe(false);
    reply.send(200, [], '');
    await eventually(() => expect(peer.connection.isIdle).toBe(true));
    expectLimit(peer.connection, IDLE_MS, 10_000);
    peer.client.say(GET);
    (await peer.reply()).send(200, [], '');
    await eventually(() => expect(peer.connection.isIdle).toBe(true));
    expectLimit(peer.connection, IDLE_MS, 10_000 + IDLE_MS + 1);
  });

  it('never while its answer is being made', async () => {
    await using peer = await connected();
    peer.client.say(GET);
    const reply = await peer.reply();
    expect(peer.connection.isOverdue(0)).toBe(false);
    expect(peer.connection.isOverdue(1e12)).toBe(false);
    reply.open(200, []);
    expect(peer.connection.isOverdue(2e12)).toBe(false);
    expect(peer.connection.isOverdue(3e12)).toBe(false);
  });

  it.each([
    ['an answer', GET, (reply: Reply) => reply.send(200, [], BIG)],
    ['a last answer', LAST, (reply: Reply) => reply.send(200, [], BIG)],
    [
      'a stream that was hung up on',
      GET,
      (reply: Reply) => {
        reply.open(200, []);
        reply.write(BIG);
        reply.hangUp('fin');
      },
    ],
    [
      'a cut answer',
      GET,
      (reply: Reply) => reply.sendCut(200, [], { body: BIG, bytes: BIG.length - 1, mode: 'fin' }),
    ],
  ])('when %s is not read, and is not idle until it is', async (_what, request, answer) => {
    await using peer = await connected();
    peer.client.socket.pause();
    peer.client.say(request);
    answer(await peer.reply());
    expect(peer.connection.isIdle).toBe(false);
    await eventually(() => expect(peer.connection.socket.writableLength).toBeGreaterThan(0));
    expectLimit(peer.connection, UNREAD_MS);
    peer.client.socket.resume();
    await eventually(() => expect(peer.connection.socket.writableLength).toBe(0));
    expect(peer.connection.isOverdue(UNREAD_MS + 2)).toBe(false);
  });

  it('later when the client gets on with what it has not read', async () => {
    await using peer = await connected();
    peer.client.socket.pause();
    peer.client.say(GET);
    const reply = await peer.reply();
    reply.open(200, []);
    for (let count = 0; count < 16; count++) reply.write('x'.repeat(1_024 * 1_024));
    reply.end();
    const before = peer.connection.socket.writableLength;
    expect(peer.connection.isOverdue(0)).toBe(false);
    peer.client.socket.once('data', () => peer.client.socket.pause());
    // Read piece by piece until the server sees that something went out.
    await eventually(() => {
      peer.client.socket.resume();
      expect(peer.connection.socket.writableLength).toBeLessThan(before);
    });
    peer.client.socket.pause();
    expect(peer.connection.isOverdue(UNREAD_MS + 1)).toBe(false);
  });

  it('soon when the client stays on after the last answer', async () => {
    await using peer = await connected();
    peer.client.say(LAST);
    (await peer.reply()).send(200, [], '');
    await peer.client.ends('fin');
    peer.client.say('x'.repeat(100));
    await peer.read(LAST.length + 100);
    expect(peer.connection.isIdle).toBe(false);
    expectLimit(peer.connection, LINGER_MS);
  });
});
