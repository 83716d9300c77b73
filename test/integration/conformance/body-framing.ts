/* oxlint-disable vitest/no-standalone-expect -- called from within the tests that read this table */
import { gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { type Echo, framed, get, type HttpCase, post, seen } from './case.ts';

const bodyIs =
  (body: string) =>
  (echoes: readonly Echo[]): void =>
    expect(echoes.map((it) => it.body)).toEqual([body]);

const CHUNKED = 'transfer-encoding: chunked';

const refused: HttpCase[] = (
  [
    ['both framings', ['content-length: 2', CHUNKED], '0\r\n\r\n'],
    ['both framings, the other way round', [CHUNKED, 'content-length: 2'], '0\r\n\r\n'],
    [
      'both framings, odd spelling',
      ['content-length: 2', 'Transfer-Encoding: Chunked'],
      '0\r\n\r\n',
    ],
    ['two different lengths', ['content-length: 2', 'content-length: 3'], '{}'],
    ['two equal lengths', ['content-length: 2', 'content-length: 2'], '{}'],
    ['a list of lengths', ['content-length: 2, 2'], '{}'],
    ['a negative length', ['content-length: -2'], '{}'],
    ['a length with a plus', ['content-length: +2'], '{}'],
    ['a hexadecimal length', ['content-length: 0x2'], '{}'],
    ['a fractional length', ['content-length: 2.0'], '{}'],
    ['an empty length', ['content-length:'], '{}'],
    ['a length with letters', ['content-length: 2a'], '{}'],
    ['a length beyond 64 bits', ['content-length: 99999999999999999999'], '{}'],
    ['chunked that is not last', ['transfer-encoding: chunked, gzip'], '0\r\n\r\n'],
    ['an unknown coding', ['transfer-encoding: xchunked'], '0\r\n\r\n'],
    ['identity as coding', ['transfer-encoding: identity'], '{}'],
    ['a coding after a vertical tab', ['transfer-encoding: \u000bchunked'], '0\r\n\r\n'],
    ['chunked in quotes', ['transfer-encoding: "chunked"'], '0\r\n\r\n'],
    ['a chunk size that is no number', [CHUNKED], 'z\r\n{}\r\n0\r\n\r\n'],
    ['a negative chunk size', [CHUNKED], '-2\r\n{}\r\n0\r\n\r\n'],
    ['a chunk size with 0x', [CHUNKED], '0x2\r\n{}\r\n0\r\n\r\n'],
    ['a chunk size beyond 64 bits', [CHUNKED], 'fffffffffffffffff\r\n{}\r\n0\r\n\r\n'],
    ['an empty chunk size', [CHUNKED], '\r\n{}\r\n0\r\n\r\n'],
    ['a chunk longer than it says', [CHUNKED], '1\r\n{}\r\n0\r\n\r\n'],
    ['chunks ended by LF alone', [CHUNKED], '2\n{}\n0\n\n'],
    ['a chunk size after a space', [CHUNKED], ' 2\r\n{}\r\n0\r\n\r\n'],
  ] satisfies [string, string[], string][]
).map(([name, lines, body]) => ({
  name: `body: ${name} is refused`,
  send: framed(lines, body),
  status: [400],
  closes: true,
  engine: false,
}));

const chunked: HttpCase[] = (
  [
    ['one chunk', '2\r\n{}\r\n0\r\n\r\n', '{}'],
    ['two chunks', '1\r\n{\r\n1\r\n}\r\n0\r\n\r\n', '{}'],
    ['no chunk', '0\r\n\r\n', ''],
    ['upper-case size', 'A\r\n0123456789\r\n0\r\n\r\n', '0123456789'],
    ['zeros before the size', '0002\r\n{}\r\n0\r\n\r\n', '{}'],
    ['a chunk extension', '2;a=b\r\n{}\r\n0\r\n\r\n', '{}'],
    ['a quoted chunk extension', '2;a="b c"\r\n{}\r\n0\r\n\r\n', '{}'],
    ['trailers, which are dropped', '2\r\n{}\r\n0\r\nx-t: 1\r\n\r\n', '{}'],
  ] satisfies [string, string, string][]
).map(([name, sent, body]) => ({
  name: `chunked body: ${name}`,
  send: framed([CHUNKED], sent),
  status: [200],
  engine: (echoes) => {
    bodyIs(body)(echoes);
    expect(seen(echoes[0]!, 'transfer-encoding')).toEqual([]);
    expect(seen(echoes[0]!, 'x-t')).toEqual([]);
  },
}));

const zipped = gzipSync('{"model":"m"}').toString('latin1');

export const bodyCases: HttpCase[] = [
  ...refused,
  ...chunked,
  {
    name: 'body: a coding that would have to be undone is refused',
    send: framed(['transfer-encoding: gzip, chunked'], '0\r\n\r\n'),
    status: [501],
    closes: true,
    engine: false,
  },
  {
    name: 'body: length 0',
    send: framed(['content-length: 0'], ''),
    status: [200],
    engine: bodyIs(''),
  },
  { name: 'body: none at all', send: framed([], ''), status: [200], engine: bodyIs('') },
  {
    name: 'body: zeros before the length',
    send: framed(['content-length: 0002'], '{}'),
    status: [200],
    engine: (echoes) => expect(seen(echoes[0]!, 'content-length')).toEqual(['2']),
  },
  {
    name: 'body: all byte values',
    send: framed(
      ['content-length: 256'],
      String.fromCharCode(...Array.from({ length: 256 }, (_, index) => index)),
    ),
    status: [200],
    engine: (echoes) => expect(echoes[0]!.body).toHaveLength(256),
  },
  {
    name: 'body: compressed, passed as it is',
    send: framed([`content-length: ${zipped.length}`, 'content-encoding: gzip'], zipped),
    status: [200],
    engine: (echoes) => {
      bodyIs(zipped)(echoes);
      expect(seen(echoes[0]!, 'content-encoding')).toEqual(['gzip']);
    },
  },
  {
    name: 'body: at the limit',
    send: framed(['content-length: 65536'], 'x'.repeat(65_536)),
    status: [200],
    engine: (echoes) => expect(echoes[0]!.body).toHaveLength(65_536),
  },
  {
    name: 'body: one byte over the limit',
    send: framed(['content-length: 65537'], 'x'.repeat(65_537)),
    status: [413],
    closes: true,
    engine: false,
  },
  {
    name: 'body: chunked over the limit',
    send: framed([CHUNKED], `8000\r\n${'x'.repeat(32_768)}\r\n`.repeat(3)),
    status: [413],
    closes: true,
    engine: false,
  },
  {
    name: 'body: cut short',
    send: framed(['content-length: 10'], '{}'),
    status: [400],
    ends: true,
    closes: true,
    engine: false,
  },
  {
    name: 'body: chunked, cut short',
    send: framed([CHUNKED], '5\r\n{}'),
    status: [400],
    ends: true,
    closes: true,
    engine: false,
  },
  {
    name: 'body: on a GET',
    send: get(undefined, ['content-length: 2']) + '{}',
    methods: ['GET'],
    status: [200],
    engine: bodyIs('{}'),
  },
  {
    name: 'body: on a DELETE',
    send: 'DELETE /v1/x HTTP/1.1\r\nhost: gw\r\ncontent-length: 2\r\n\r\n{}',
    methods: ['DELETE'],
    status: [200],
    engine: bodyIs('{}'),
  },
  {
    name: 'body: unread on an unknown path',
    send: post([], '/v2/x'),
    status: [404],
    engine: false,
  },
  {
    name: 'two requests in one write',
    send: post() + post(),
    methods: ['POST', 'POST'],
    status: [200, 200],
  },
  {
    name: 'five requests in one write, in order',
    send: [1, 2, 3, 4, 5].map((index) => get(`/v1/${index}`)).join(''),
    methods: ['GET', 'GET', 'GET', 'GET', 'GET'],
    status: [200, 200, 200, 200, 200],
    body: '5',
  },
  {
    name: 'a missing route between two requests',
    send: get() + get('/v2') + get(),
    methods: ['GET', 'GET', 'GET'],
    status: [200, 404, 200],
  },
  {
    name: 'a HEAD between two requests',
    send: get() + 'HEAD /v1/x HTTP/1.1\r\nhost: gw\r\n\r\n' + get(),
    methods: ['GET', 'HEAD', 'GET'],
    status: [200, 200, 200],
  },
  {
    name: 'Connection: close ends the connection',
    send: get(undefined, ['connection: close']) + get(),
    methods: ['GET'],
    status: [200],
    closes: true,
  },
  {
    name: 'a hidden second request in a body is a body',
    send: framed([`content-length: ${get('/v1/evil').length}`], get('/v1/evil')),
    status: [200],
    engine: (echoes) => expect(echoes.map((it) => it.url)).toEqual(['/v1/chat/completions']),
  },
  {
    name: 'rubbish after a whole request',
    send: get() + 'RUBBISH\r\n\r\n',
    methods: ['GET', 'GET'],
    status: [200, 400],
    closes: true,
  },
  {
    name: 'a slow head is answered 408',
    send: 'GET /v1/x HTTP/1.1\r\nhost:',
    status: [408],
    closes: true,
    isShortTimed: true,
    engine: false,
  },
  {
    name: 'a slow body is answered 408',
    send: framed(['content-length: 10'], '{'),
    status: [408],
    closes: true,
    isShortTimed: true,
    engine: false,
  },
  {
    name: 'a silent connection is closed',
    send: '',
    methods: [],
    status: [408],
    closes: true,
    isShortTimed: true,
    engine: false,
  },
  {
    name: 'an idle connection is closed',
    send: get(),
    methods: ['GET'],
    status: [200],
    closes: true,
    isShortTimed: true,
  },
];
