/* oxlint-disable vitest/no-standalone-expect -- called from within the tests that read this table */
import { expect } from 'vitest';
import { get, type HttpCase, post } from './case.ts';

const forwarded = (url: string) => (echoes: readonly { url: string }[]) =>
  expect(echoes.map((it) => it.url)).toEqual([url]);

const line = (text: string): string => `${text}\r\nhost: gw\r\n\r\n`;

const methods: HttpCase[] = ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD'].map((method) => ({
  name: `method ${method} is forwarded`,
  send: line(`${method} /v1/models HTTP/1.1`),
  methods: [method],
  status: [200],
  engine: (echoes) => expect(echoes.map((it) => it.method)).toEqual([method]),
}));

const unroutedMethods: HttpCase[] = ['TRACE', 'PROPFIND', 'PURGE', 'SEARCH'].map((method) => ({
  name: `method ${method} has no route`,
  send: line(`${method} /v1/models HTTP/1.1`),
  methods: [method],
  status: [404],
  engine: false,
}));

const brokenLines: HttpCase[] = [
  ['lower-case method', 'post /v1/x HTTP/1.1'],
  ['unknown method', 'FROB /v1/x HTTP/1.1'],
  ['no version', 'GET /v1/x'],
  ['version 3.0', 'GET /v1/x HTTP/3.0'],
  ['version without a dot', 'GET /v1/x HTTP/11'],
  ['version in lower case', 'GET /v1/x http/1.1'],
  ['another protocol', 'GET /v1/x FTP/1.0'],
  ['nothing but a path', '/v1/x'],
  ['a tab for a space', 'GET\t/v1/x\tHTTP/1.1'],
  ['a space in the path', 'GET /v1/x y HTTP/1.1'],
  ['a null in the path', 'GET /v1/\u0000x HTTP/1.1'],
  ['a control character in the path', 'GET /v1/\u0001x HTTP/1.1'],
  ['the HTTP/2 preface', 'PRI * HTTP/2.0'],
  ['a TLS hello', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000'],
  ['binary rubbish', '\u00ff\u00fe\u0000\u0001'],
].map(([name, text]) => ({
  name: `request line: ${name}`,
  send: line(text!),
  methods: ['GET'],
  status: [400],
  closes: true,
  engine: false,
}));

const refusedTargets: HttpCase[] = [
  ['dot segment', '/v1/../admin'],
  ['dot segment at the end', '/v1/x/..'],
  ['single dot', '/v1/./x'],
  ['encoded dots', '/v1/%2e%2e/admin'],
  ['half encoded dots', '/v1/.%2E/admin'],
  ['dots before an encoded slash', '/v1/..%2fadmin'],
  ['dots after an encoded slash', '/v1/x%2f../admin'],
  ['dots before an encoded backslash', '/v1/..%5cadmin'],
  ['backslash', '/v1\\..\\admin'],
  ['encoded null', '/v1/x%00'],
  ['broken escape', '/v1/%zz'],
  ['cut escape', '/v1/%2'],
  ['fragment', '/v1/x#part'],
  ['raw UTF-8', '/v1/\u00c3\u00a9'],
].map(([name, path]) => ({
  name: `target: ${name} is refused`,
  send: get(path),
  methods: ['GET'],
  status: [400],
  engine: false,
}));

const acceptedTargets: HttpCase[] = [
  ['query', '/v1/x?a=1&b=%20'],
  ['dots in the query', '/v1/x?file=../y'],
  ['dots inside a segment', '/v1/models/a..b'],
  ['dotted name', '/v1/models/qwen2.5'],
  ['encoded slash in a name', '/v1/models/Qwen%2FQwen2.5'],
  ['empty segments', '/v1//x'],
  ['trailing slash', '/v1/x/'],
  ['the prefix itself', '/v1'],
  ['encoded UTF-8', '/v1/%C3%A9'],
  ['a question mark twice', '/v1/x?a?b'],
].map(([name, path]) => ({
  name: `target: ${name} goes on as it is`,
  send: get(path),
  methods: ['GET'],
  status: [200],
  engine: forwarded(path!),
}));

const unrouted: HttpCase[] = [
  ['root', '/'],
  ['another prefix', '/v2/x'],
  ['a longer segment', '/v1x/y'],
  ['another case', '/V1/x'],
  ['the prefix encoded', '/%761/x'],
].map(([name, path]) => ({
  name: `route: ${name} is not found`,
  send: get(path),
  methods: ['GET'],
  status: [404],
  engine: false,
}));

export const requestLineCases: HttpCase[] = [
  ...methods,
  ...unroutedMethods,
  ...brokenLines,
  ...refusedTargets,
  ...acceptedTargets,
  ...unrouted,
  {
    name: 'target in absolute form',
    send: line('GET http://other/v1/x?y HTTP/1.1'),
    methods: ['GET'],
    status: [200],
    engine: forwarded('/v1/x?y'),
  },
  {
    name: 'target in absolute form without a path',
    send: line('GET http://other HTTP/1.1'),
    methods: ['GET'],
    status: [404],
    engine: false,
  },
  { name: 'OPTIONS *', send: line('OPTIONS * HTTP/1.1'), status: [400], engine: false },
  {
    name: 'CONNECT is refused',
    send: 'CONNECT engine:443 HTTP/1.1\r\nhost: engine:443\r\n\r\n',
    status: [405],
    closes: true,
    engine: false,
  },
  {
    name: 'an empty line before the request is skipped',
    send: `\r\n${get()}`,
    methods: ['GET'],
    status: [200],
  },
  {
    name: 'a target of 7,000 bytes',
    send: get(`/v1/${'x'.repeat(7_000)}`),
    methods: ['GET'],
    status: [200],
  },
  {
    name: 'a target beyond the head limit',
    send: get(`/v1/${'x'.repeat(20_000)}`),
    methods: ['GET'],
    status: [431],
    closes: true,
    engine: false,
  },
  { name: 'the request in single bytes', send: post().split(''), status: [200] },
  {
    name: 'HTTP/1.0 is answered and closed',
    send: 'GET /v1/x HTTP/1.0\r\n\r\n',
    methods: ['GET'],
    status: [200],
    closes: true,
  },
  {
    name: 'HTTP/1.0 with keep-alive',
    send: 'GET /v1/x HTTP/1.0\r\nconnection: keep-alive\r\n\r\n',
    methods: ['GET'],
    status: [200],
    headers: { connection: 'keep-alive' },
  },
];
