import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWire, type TestWire } from '../helpers/wire.ts';
import { bodyCases } from './conformance/body-framing.ts';
import { headerCases } from './conformance/header-fields.ts';
import { requestLineCases } from './conformance/request-line.ts';

/**
 * The mocks' server beside `node:http`: the same bytes must be the same requests. Where they are
 * not, it stands here by name, and in docs/decisions/0022.
 */
const DIFFERENCES: ReadonlySet<string> = new Set([
  // Refused by ours only.
  'target: fragment is refused',
  'two Hosts',
  'two equal Hosts',
  ...['a b', 'a/b', 'user@a', 'a:b', '[::1', 'a\\b'].map((it) => `a Host that is no host: ${it}`),
  'body: a coding that would have to be undone is refused',
  // Refused by ours, closed without a word by node:http.
  'CONNECT is refused',
  // Handed on as path and query.
  'target in absolute form',
  'target in absolute form without a path',
  // Any token is a method.
  'request line: lower-case method',
  'request line: unknown method',
  // Ignored, as is what follows a request that closes the connection.
  'an unknown expectation',
  'Connection: close ends the connection',
  // A client that has gone is told nothing.
  'body: cut short',
  'body: chunked, cut short',
  // Kept open.
  'HTTP/1.0 with keep-alive',
]);

/** What node:http does not bound by itself; and after an offer of another protocol it reads no more. */
const INCOMPARABLE: ReadonlySet<string> = new Set([
  'a WebSocket handshake',
  'an offer of h2c is ignored',
  'Expect with a body too large is refused at once',
  'body: one byte over the limit',
  'body: chunked over the limit',
]);

const CASES = [...requestLineCases, ...headerCases, ...bodyCases].filter(
  ({ name, isShortTimed }) => !isShortTimed && !INCOMPARABLE.has(name),
);

/** Follows every case: answered by whoever still knows where the case has ended. Longer than a wrong length. */
const LAST = `GET /${'x'.repeat(300)} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`;

/** One byte anywhere in a request, and for which bytes the two differ. */
const POSITIONS: readonly [string, (byte: string) => string, (code: number) => boolean][] = [
  ['a value', (it) => get(`x: a${it}b`), () => false],
  ['a name', (it) => get(`x${it}y: a`), () => false],
  ['a target', (it) => `GET /a${it}b HTTP/1.1\r\nhost: a\r\n\r\n`, (code) => code === 0x23],
  ['a version', (it) => `GET / HTTP/1.${it}\r\nhost: a\r\n\r\n`, () => false],
  [
    'a host',
    (it) => `GET / HTTP/1.1\r\nhost: a${it}b\r\n\r\n`,
    (code) => /[^\w.~%!$&'()*+,;=-]/.test(String.fromCharCode(code)) && isInValue(code),
  ],
  ['the beginning of a length', (it) => post(`content-length: ${it}2`, '{}'), () => false],
  ['the end of a length', (it) => post(`content-length: 2${it}`, '{}'), (code) => code === 0x09],
  [
    'the beginning of a coding',
    (it) => chunked('0\r\n\r\n', `${it}chunked`),
    (code) => code === 0x2c,
  ],
  ['the end of a coding', (it) => chunked('0\r\n\r\n', `chunked${it}`), (code) => code === 0x09],
  ['the beginning of a chunk size', (it) => chunked(`${it}2\r\n{}\r\n0\r\n\r\n`), () => false],
  [
    'the end of a chunk size',
    (it) => chunked(`2${it}\r\n{}\r\n0\r\n\r\n`),
    (code) => [0x09, 0x20, 0x3b].includes(code),
  ],
  ['the end of a chunk', (it) => chunked(`2\r\n{}${it}\r\n0\r\n\r\n`), () => false],
  ['a trailer', (it) => chunked(`0\r\nx: a${it}b\r\n\r\n`), () => false],
];

const isInValue = (code: number): boolean => code === 0x09 || (code >= 0x20 && code !== 0x7f);

const get = (line: string): string => `GET / HTTP/1.1\r\nhost: a\r\n${line}\r\n\r\n`;
const post = (line: string, body: string): string =>
  `POST / HTTP/1.1\r\nhost: a\r\n${line}\r\n\r\n${body}`;
const chunked = (body: string, coding = 'chunked'): string =>
  post(`transfer-encoding: ${coding}`, body);

let ours: TestWire;
let node: Server;

beforeAll(async () => {
  ours = await startWire(
    ({ method, target, body }, reply) =>
      reply.send(200, [], echo(method, target, body.toString('latin1'))),
    { bodyBytesMax: 65_536 },
  );
  node = createServer((request, response) => {
    let body = '';
    request.setEncoding('latin1');
    request.on('data', (piece) => (body += String(piece)));
    request.on('end', () => response.end(echo(request.method!, request.url!, body)));
    request.on('error', () => {});
  });
  await once(node.listen(0, '127.0.0.1'), 'listening');
});

afterAll(async () => {
  await ours[Symbol.asyncDispose]();
  node.closeAllConnections();
  await new Promise((resolve) => node.close(resolve));
});

function echo(method: string, target: string, body: string): string {
  return `<${method} ${target} ${encodeURIComponent(body)}>`;
}

/**
 * Final statuses and echoes, in order, of everything up to the end of the connection. Of what ends
 * in a refusal only that: node:http forgets the requests before it that came in the same packet.
 */
function ask(port: number, text: string, ends: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = '';
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    socket.setTimeout(10_000, () => reject(new Error(`not closed: ${JSON.stringify(text)}`)));
    socket.setEncoding('latin1');
    socket.on('data', (piece) => (heard += String(piece)));
    socket.on('error', () => {});
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      const answers = heard.match(/(?<=HTTP\/1\.1 )(?!1)\d{3}|<[A-Z]+ \S+ \S*>/gi) ?? [];
      resolve(answers.at(-1) === '400' ? '400' : answers.join(' '));
    });
    socket.write(Buffer.from(text, 'latin1'));
    if (ends) socket.end();
  });
}

/** What each makes of the text. */
function askBoth(text: string, ends = false): Promise<[string, string]> {
  const isLast = ends || /connection: close|HTTP\/1\.0\r\n(?!connection: keep)/.test(text);
  const all = isLast ? text : text + LAST;
  const { port } = node.address() as AddressInfo;
  return Promise.all([ask(ours.port, all, ends), ask(port, all, ends)]);
}

it('knows every difference by the name of a case', () => {
  const names = new Set(CASES.map(({ name }) => name));
  expect([...DIFFERENCES].filter((name) => !names.has(name))).toEqual([]);
  expect(names.size).toBeGreaterThan(150);
});

describe('a request means to the mocks what it means to node:http', () => {
  it.each(CASES.map((it) => [it.name, it] as const))('%s', async (name, { send, ends }) => {
    const [byOurs, byNode] = await askBoth(typeof send === 'string' ? send : send.join(''), ends);
    if (DIFFERENCES.has(name)) expect(byOurs).not.toBe(byNode);
    else expect(byOurs).toBe(byNode);
  });

  it.each(POSITIONS)('whatever byte is in %s', async (_where, textWith, differs) => {
    const found = new Map<string, string>();
    await Promise.all(
      Array.from({ length: 256 }, async (_, code) => {
        const [byOurs, byNode] = await askBoth(textWith(String.fromCharCode(code)));
        if ((byOurs !== byNode) !== differs(code))
          found.set(code.toString(16), `${byOurs} for ${byNode}`);
      }),
    );
    expect(Object.fromEntries(found)).toEqual({});
  });
});
