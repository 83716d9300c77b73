import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

/**
 * How a case ends: with no answer, with one too late, with one that is too much (which on a slow machine is one too late),
 * with one nobody can read, or well after all.
 */
export type Fate = 'failed' | 'timeout' | 'too-much' | 'unreadable' | 'well';

/** What a tokenizer or controller puts on the wire instead of a plain answer. */
export interface WireCase {
  name: string;
  fate: Fate;
  /** @param good the JSON text that a well server would answer */
  answer: (socket: Socket, good: string) => void | Promise<void>;
}

const JSON_TYPE = 'content-type: application/json';
const CHUNKED = 'transfer-encoding: chunked';
const head = (...lines: string[]): string => `HTTP/1.1 200 OK\r\n${lines.join('\r\n')}\r\n\r\n`;

/** A whole answer; its text is written as Latin-1. */
export const whole = (text: string, status = '200 OK'): string =>
  `HTTP/1.1 ${status}\r\n${JSON_TYPE}\r\ncontent-length: ${text.length}\r\n\r\n${text}`;

const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

/** Written at once; the connection stays open. */
const says =
  (text: string | ((good: string) => string)): WireCase['answer'] =>
  (socket, good) =>
    void socket.write(typeof text === 'string' ? text : text(good), 'latin1');

/** Written at once, and then the end. */
const ends =
  (text: string | ((good: string) => string)): WireCase['answer'] =>
  (socket, good) =>
    void socket.end(typeof text === 'string' ? text : text(good), 'latin1');

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A piece every so often, until the client has enough. */
const drips =
  (before: string, piece: string, everyMs: number): WireCase['answer'] =>
  async (socket) => {
    socket.write(before);
    while (!socket.destroyed) {
      socket.write(piece);
      await pause(everyMs);
    }
  };

/** As fast as it is read, until the client has enough or `bytesMax` are sent. */
const pours =
  (before: string, piece: string, bytesMax = Infinity): WireCase['answer'] =>
  async (socket) => {
    socket.write(before);
    for (let sent = 0; sent < bytesMax && !socket.destroyed; sent += piece.length) {
      if (socket.write(piece)) continue;
      await new Promise<void>((resolve) => {
        socket.once('drain', resolve);
        socket.once('close', resolve);
      });
    }
    socket.end();
  };

const MIB = 1024 * 1024;
const BLANKS = ' '.repeat(64 * 1024);
const bomb = gzipSync(Buffer.alloc(200 * MIB, ' ')).toString('latin1');

export const WIRES: readonly WireCase[] = [
  // Ends before there is an answer
  { name: 'closes without a word', fate: 'failed', answer: ends('') },
  { name: 'resets', fate: 'failed', answer: (socket) => void socket.resetAndDestroy() },
  { name: 'half a head', fate: 'failed', answer: ends('HTTP/1.1 200 OK\r\ncontent-le') },
  { name: 'a head alone', fate: 'failed', answer: ends(head('content-length: 100')) },
  {
    name: 'half of its body',
    fate: 'failed',
    answer: ends((good) => whole(good).slice(0, -good.length / 2)),
  },
  {
    name: 'half of its chunks',
    fate: 'failed',
    answer: ends((good) => head(CHUNKED) + chunk(good.slice(0, 9))),
  },
  {
    name: 'half a body, then a reset',
    fate: 'failed',
    answer: (socket, good) =>
      void socket.write(whole(good).slice(0, -5), () => socket.resetAndDestroy()),
  },
  // What is no HTTP
  { name: 'rubbish', fate: 'failed', answer: says('\u0000\u0001\u0002\u00ff\r\n\r\n') },
  { name: 'HTTP/9.9', fate: 'failed', answer: says('HTTP/9.9 200 OK\r\n\r\n') },
  { name: 'a status of 999', fate: 'failed', answer: says(whole('{}', '999 No')) },
  { name: 'a switch of protocols', fate: 'failed', answer: says('HTTP/1.1 101 Go\r\n\r\n') },
  { name: 'a length below nothing', fate: 'failed', answer: says(head('content-length: -5')) },
  {
    name: 'two lengths',
    fate: 'failed',
    answer: says(head('content-length: 5', 'content-length: 6')),
  },
  { name: 'a chunk size in words', fate: 'failed', answer: says(`${head(CHUNKED)}many\r\n`) },
  {
    name: 'a chunk of an exabyte',
    fate: 'failed',
    answer: says(`${head(CHUNKED)}fffffffffffff\r\n{`),
  },
  {
    name: 'a NUL in its head',
    fate: 'failed',
    answer: says((good) => whole(good).replace('json', 'js\u0000n')),
  },
  {
    name: '100,000 header fields',
    fate: 'too-much',
    answer: ends(head(...Array<string>(100_000).fill('a: b'))),
  },
  { name: 'a head of 10 MB', fate: 'too-much', answer: ends(head(`a: ${'b'.repeat(10 * MIB)}`)) },
  {
    name: 'trailers of 10 MB',
    fate: 'too-much',
    answer: ends((good) => `${head(CHUNKED)}${chunk(good)}0\r\n${'a: b\r\n'.repeat(1_350_000)}`),
  },
  {
    name: 'a chunk extension of 10 MB',
    fate: 'too-much',
    answer: ends(`${head(CHUNKED)}1;${'e'.repeat(10 * MIB)}`),
  },
  // Too late
  { name: 'never a word', fate: 'timeout', answer: () => {} },
  { name: 'a head, then never a word', fate: 'timeout', answer: says(head('content-length: 9')) },
  {
    name: 'a byte of its head now and then',
    fate: 'timeout',
    answer: drips('HTTP/1.1 200 OK\r\na: ', 'b', 50),
  },
  {
    name: 'a byte of its body now and then',
    fate: 'timeout',
    answer: drips(head('content-length: 9999'), ' ', 50),
  },
  {
    name: 'a chunk now and then, for ever',
    fate: 'timeout',
    answer: drips(head(CHUNKED), '1\r\n \r\n', 20),
  },
  {
    name: 'hints for ever',
    fate: 'timeout',
    answer: drips('', 'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n', 1),
  },
  // Too much
  {
    name: 'a body of 100 MB',
    fate: 'too-much',
    answer: pours(head(`content-length: ${100 * MIB}`), BLANKS, 100 * MIB),
  },
  {
    name: 'a body without end',
    fate: 'too-much',
    answer: pours(head('connection: close'), BLANKS),
  },
  { name: 'chunks without end', fate: 'too-much', answer: pours(head(CHUNKED), chunk(BLANKS)) },
  // What the client did not ask for
  {
    name: 'gzip',
    fate: 'unreadable',
    answer: (socket, good) => {
      const packed = gzipSync(good);
      const length = `content-length: ${packed.length}`;
      socket.write(head('content-encoding: gzip', length));
      socket.write(packed);
    },
  },
  {
    name: '200 MB as gzip',
    fate: 'unreadable',
    answer: says(head('content-encoding: gzip', `content-length: ${bomb.length}`) + bomb),
  },
  { name: 'no body', fate: 'unreadable', answer: says('HTTP/1.1 204 No Content\r\n\r\n') },
  { name: 'an empty body', fate: 'unreadable', answer: says(whole('')) },
  { name: 'HTML', fate: 'unreadable', answer: says(whole('<html>log in</html>')) },
  {
    name: 'half of its JSON',
    fate: 'unreadable',
    answer: says((good) => whole(good.slice(0, -4))),
  },
  { name: 'JSON twice', fate: 'unreadable', answer: says((good) => whole(good + good)) },
  { name: 'bytes that are no text', fate: 'unreadable', answer: says(whole('\u00ff\u00fe{')) },
  {
    name: 'a byte order mark',
    fate: 'unreadable',
    answer: says((good) => whole(`\u00ef\u00bb\u00bf${good}`)),
  },
  { name: 'NaN for JSON', fate: 'unreadable', answer: says(whole('NaN')) },
  { name: '700,000 brackets', fate: 'unreadable', answer: says(whole('['.repeat(700_000))) },
  { name: '3 million brackets', fate: 'too-much', answer: says(whole('['.repeat(3 * MIB))) },
  {
    name: '350,000 levels of lists',
    fate: 'unreadable',
    answer: says(whole('['.repeat(350_000) + ']'.repeat(350_000))),
  },
  {
    name: '110,000 levels of objects',
    fate: 'unreadable',
    answer: says(whole(`${'{"a":'.repeat(110_000)}1${'}'.repeat(110_000)}`)),
  },
  {
    name: '4 million numbers',
    fate: 'too-much',
    answer: says(whole(`[${'1,'.repeat(4 * MIB)}1]`)),
  },
  // Odd, and allowed
  {
    name: 'chunks of one byte',
    fate: 'well',
    answer: says((good) => `${head(CHUNKED)}${Array.from(good, chunk).join('')}0\r\n\r\n`),
  },
  {
    name: 'single bytes',
    fate: 'well',
    answer: async (socket, good) => {
      for (const byte of whole(good)) {
        socket.write(byte);
        await new Promise(setImmediate);
      }
    },
  },
  {
    name: 'a body that ends with its connection',
    fate: 'well',
    answer: ends((good) => head('connection: close') + good),
  },
  {
    name: '100 Continue first',
    fate: 'well',
    answer: says((good) => `HTTP/1.1 100 Continue\r\n\r\n${whole(good)}`),
  },
  { name: 'two answers', fate: 'well', answer: says((good) => whole(good) + whole('{"a":1}')) },
  { name: 'rubbish behind it', fate: 'well', answer: says((good) => `${whole(good)}\u0000\u0000`) },
  {
    name: 'a reset behind it',
    fate: 'well',
    answer: (socket, good) => {
      socket.write(whole(good), () => setTimeout(() => socket.resetAndDestroy(), 5));
    },
  },
];

/** Answers of any status that is not a success, and what they are to a tokenizer's and a controller's client. */
export const REFUSALS: readonly (readonly [name: string, answer: string])[] = [
  ['a redirect', `HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n`],
  [
    'a redirect to another host',
    `HTTP/1.1 307 No\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n`,
  ],
  ['a redirect to itself', `HTTP/1.1 308 No\r\nlocation: \r\ncontent-length: 0\r\n\r\n`],
  ['401', whole('{"error":"who?"}', '401 Unauthorized')],
  ['429', whole('{}', '429 Too Many').replace('\r\n', '\r\nretry-after: 999999999\r\n')],
  ['500', whole('\u001b[31m::error::pwned', '500 No')],
  ['503 of 20 MB', whole('x'.repeat(20 * MIB), '503 No')],
];
