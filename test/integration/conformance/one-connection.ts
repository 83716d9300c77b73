/* oxlint-disable vitest/no-standalone-expect -- called from within the tests that read this table */
import { expect } from 'vitest';
import { type Echo, framed, get, type HttpCase, post } from './case.ts';

const paths =
  (...expected: string[]) =>
  (echoes: readonly Echo[]): void =>
    expect(echoes.map(({ url }) => url)).toEqual(expected);

/** Requests that are never begun, because the one before them ends the connection (RFC 9112 §9.6). */
const behindTheLast: HttpCase[] = (
  [
    ['Connection: close', get('/v1/1', ['connection: close']), [200], ['/v1/1']],
    ['HTTP/1.0', 'GET /v1/1 HTTP/1.0\r\n\r\n', [200], ['/v1/1']],
    ['close among other options', get('/v1/1', ['connection: x, close']), [200], ['/v1/1']],
    ['a coding nobody knows', framed(['transfer-encoding: gzip, chunked'], '0\r\n\r\n'), [501], []],
    ['an unknown expectation', framed(['content-length: 2', 'expect: x'], '{}'), [417], []],
    ['a body too large', framed(['content-length: 99999999'], ''), [413], []],
  ] satisfies [string, string, number[], string[]][]
).flatMap(([name, first, status, seen]) =>
  [get('/v1/2'), post([], '/v1/2')].map((second, at) => ({
    name: `a ${at === 0 ? 'GET' : 'POST'} behind ${name} is not begun`,
    send: first + second,
    methods: ['GET'],
    status,
    closes: true,
    engine: paths(...seen),
  })),
);

const several = (count: number): HttpCase => ({
  name: `${count} requests at once are answered in their order`,
  send: Array.from({ length: count }, (_, at) => get(`/v1/${at}`)).join(''),
  methods: Array.from({ length: count }, () => 'GET'),
  status: Array.from({ length: count }, () => 200),
  engine: paths(...Array.from({ length: count }, (_, at) => `/v1/${at}`)),
  body: String(count - 1),
});

/** What several requests on one connection have to do with each other. */
export const connectionCases: HttpCase[] = [
  ...behindTheLast,
  ...[2, 3, 16, 100].map(several),
  {
    name: '200 requests at once: the connection ends after the last that may wait',
    send: get('/v1/x').repeat(200),
    methods: Array.from({ length: 200 }, () => 'GET'),
    status: Array.from({ length: 129 }, () => 200),
    closes: true,
    engine: (echoes) => expect(echoes).toHaveLength(129),
  },
  {
    name: 'a client that obeys 417 and sends no body is not misread',
    send: [framed(['content-length: 41', 'expect: 200-maybe'], ''), get('/v1/second')],
    status: [417],
    closes: true,
    engine: false,
  },
  {
    name: 'bodies of requests at once stay with theirs',
    send: `${framed(['content-length: 3'], 'one')}${framed(['content-length: 3'], 'two')}`,
    methods: ['POST', 'POST'],
    status: [200, 200],
    engine: (echoes) => expect(echoes.map(({ body }) => body)).toEqual(['one', 'two']),
  },
  {
    name: 'something broken behind a whole request is refused after its answer',
    send: `${post([], '/v1/1')}GET /v1/2\r\n\r\n`,
    methods: ['POST', 'GET'],
    status: [200, 400],
    closes: true,
    engine: paths('/v1/1'),
  },
];
