import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

/** More than a parser can refuse by looking at it. */
export interface Flood {
  name: string;
  run(port: number): Promise<void>;
  /** Requests that reach the engine, all for this path. */
  engineSees?: { path: string; count: number };
}

const CHUNKED = 'POST /v1/x HTTP/1.1\r\nhost: gw\r\ntransfer-encoding: chunked\r\n\r\n';
const sized = (length: number, more = ''): string =>
  `POST /v1/x HTTP/1.1\r\nhost: gw\r\n${more}content-length: ${length}\r\n\r\n`;

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await once(socket, 'connect');
  socket.resume();
  return socket;
}

/** Resolves when the server has ended the connection. */
const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });

/** Sends one text and waits until the gateway closes. */
const untilClosed =
  (text: string) =>
  async (port: number): Promise<void> => {
    const socket = await open(port);
    socket.write(text, 'latin1');
    await closed(socket);
  };

/** Many clients that send a text and then reset. */
const resetting =
  (count: number, text: string) =>
  async (port: number): Promise<void> => {
    for (let at = 0; at < count; at++) {
      const socket = await open(port);
      socket.write(text.slice(0, at % text.length), 'latin1', () => socket.resetAndDestroy());
      await closed(socket);
    }
  };

/** Many clients that send a text, then nothing; all leave at the end. */
const standing =
  (count: number, text: string) =>
  async (port: number): Promise<void> => {
    const sockets = await Promise.all(Array.from({ length: count }, () => open(port)));
    await Promise.all(
      sockets.map((it) => new Promise<void>((sent) => void it.write(text, 'latin1', () => sent()))),
    );
    for (const socket of sockets) socket.destroy();
  };

const tinyChunks =
  (count: number) =>
  async (port: number): Promise<void> => {
    const socket = await open(port);
    const piece = '1\r\na\r\n'.repeat(10_000);
    socket.write(CHUNKED);
    for (let at = 0; at < count && !socket.destroyed; at += 10_000) {
      if (!socket.write(piece)) {
        await Promise.race([
          new Promise<void>((room) => socket.once('drain', () => room())),
          closed(socket),
        ]);
      }
    }
    socket.destroy();
  };

const bomb = gzipSync(Buffer.alloc(50_000_000, 'a'));

export const floods: readonly Flood[] = [
  { name: '60,000 chunks of one byte', run: tinyChunks(60_000) },
  { name: '3 million chunks of one byte, most beyond the limit', run: tinyChunks(3_000_000) },
  {
    name: '3,000 requests at once',
    run: untilClosed('GET /v1/x HTTP/1.1\r\nhost: gw\r\n\r\n'.repeat(3_000)),
    engineSees: { path: '/v1/x', count: 129 },
  },
  {
    name: '3,000 requests at once that no route takes',
    run: untilClosed('GET /no HTTP/1.1\r\nhost: gw\r\n\r\n'.repeat(3_000)),
    engineSees: { path: '/v1/x', count: 0 },
  },
  {
    name: '50,000 requests at once',
    run: untilClosed('GET /v1/y HTTP/1.1\r\nhost: gw\r\n\r\n'.repeat(50_000)),
  },
  {
    name: 'a header that backtracking patterns never finish',
    run: untilClosed(
      `GET /v1/a HTTP/1.1\r\nhost: gw\r\nx-a: ${'a'.repeat(5_000)}!\r\nconnection: close\r\n\r\n`,
    ),
    engineSees: { path: '/v1/a', count: 1 },
  },
  { name: '300 resets within a head', run: resetting(300, sized(2)) },
  { name: '300 resets within a body', run: resetting(300, `${sized(300)}${'x'.repeat(250)}`) },
  { name: '500 connections that send nothing', run: standing(500, '') },
  {
    name: '500 heads that never end',
    run: standing(500, 'POST /v1/x HTTP/1.1\r\nhost: gw\r\nx-a: '),
  },
  {
    name: '500 bodies that never come',
    run: standing(500, sized(60_000)),
    engineSees: { path: '/v1/x', count: 0 },
  },
  {
    name: '500 bodies that never end',
    run: standing(500, `${sized(60_000)}${'x'.repeat(50_000)}`),
    engineSees: { path: '/v1/x', count: 0 },
  },
  {
    name: '500 expectations that are not used',
    run: standing(500, sized(9, 'expect: 100-continue\r\n')),
  },
  {
    name: '500 lengths of a petabyte',
    run: standing(500, sized(1e15)),
    engineSees: { path: '/v1/x', count: 0 },
  },
  {
    name: '100 bodies that become 50 MB when unpacked',
    run: async (port) => {
      const head = sized(bomb.length, 'content-encoding: gzip\r\nconnection: close\r\n');
      const text = head + bomb.toString('latin1');
      await Promise.all(Array.from({ length: 100 }, () => untilClosed(text)(port)));
    },
    engineSees: { path: '/v1/x', count: 100 },
  },
  {
    name: 'one header field of 10 MB',
    run: untilClosed(`GET /v1/x HTTP/1.1\r\nhost: gw\r\nx-a: ${'y'.repeat(10_000_000)}`),
  },
  {
    name: '100,000 header fields',
    run: untilClosed(`GET /v1/x HTTP/1.1\r\nhost: gw\r\n${'a: b\r\n'.repeat(100_000)}\r\n`),
  },
  { name: 'a request line of 10 MB', run: untilClosed(`GET /v1/${'y'.repeat(10_000_000)}`) },
  { name: '10 MB of rubbish', run: untilClosed('\u0000\u00ff\u0001'.repeat(3_000_000)) },
  {
    name: 'a TLS hello',
    run: untilClosed('\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003'),
  },
  { name: 'an HTTP/2 preface', run: untilClosed('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n') },
  { name: 'trailers of 10 MB', run: untilClosed(`${CHUNKED}0\r\n${'a: b\r\n'.repeat(1_500_000)}`) },
  { name: 'a chunk extension of 10 MB', run: untilClosed(`${CHUNKED}1;${'e'.repeat(10_000_000)}`) },
];
