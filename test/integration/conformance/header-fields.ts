/* oxlint-disable vitest/no-standalone-expect -- called from within the tests that read this table */
import { expect } from 'vitest';
import { type Echo, framed, get, type HttpCase, post, seen } from './case.ts';

const sees =
  (name: string, ...values: string[]) =>
  (echoes: readonly Echo[]): void =>
    expect(seen(echoes[0]!, name)).toEqual(values);

const broken: HttpCase[] = [
  ['a space before the colon', 'x-a : 1'],
  ['a space in the name', 'x a: 1'],
  ['no colon', 'x-a'],
  ['an empty name', ': 1'],
  ['a bracket in the name', 'x(a): 1'],
  ['a null in the value', 'x-a: 1\u00002'],
  ['a control character in the value', 'x-a: 1\u00012'],
  ['a bare CR in the value', 'x-a: 1\r2'],
  ['a delete character in the name', 'x\u007fa: 1'],
  ['a folded line', 'x-a: 1\r\n 2'],
  ['a folded first line', ' x-a: 1'],
  ['a bare LF', 'x-a: 1\nx-b: 2'],
  ['UTF-8 in the name', 'x-\u00c3\u00a9: 1'],
].map(([name, text]) => ({
  name: `field with ${name}`,
  send: post([text!]),
  status: [400],
  closes: true,
  engine: false,
}));

const stripped: HttpCase[] = [
  ['keep-alive', 'timeout=5'],
  ['proxy-connection', 'keep-alive'],
  ['proxy-authorization', 'Basic eA=='],
  ['te', 'trailers'],
  ['trailer', 'x-t'],
].map(([name, value]) => ({
  name: `${name} stays with its connection`,
  send: post([`${name}: ${value}`]),
  status: [200],
  engine: sees(name!),
}));

const kept: HttpCase[] = [
  ['authorization', 'Bearer k'],
  ['cookie', 'a=1; b=2'],
  ['user-agent', 'openai-node/1'],
  ['accept', 'text/event-stream'],
  ['accept-encoding', 'gzip, br'],
  ['content-type', 'application/json; charset=utf-8'],
  ['x-stainless-lang', 'js'],
  ['forwarded', 'for=192.0.2.1'],
  ['idempotency-key', 'abc'],
  ['traceparent', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'],
].map(([name, value]) => ({
  name: `${name} goes on`,
  send: post([`${name}: ${value}`]),
  status: [200],
  engine: sees(name!, value!),
}));

export const headerCases: HttpCase[] = [
  ...broken,
  ...stripped,
  ...kept,
  {
    name: 'no Host in HTTP/1.1',
    send: 'GET /v1/x HTTP/1.1\r\n\r\n',
    methods: ['GET'],
    status: [400],
    engine: false,
  },
  { name: 'two Hosts', send: post(['host: other']), status: [400], engine: false },
  { name: 'two equal Hosts', send: post(['HOST: gw']), status: [400], engine: false },
  {
    name: 'an empty Host',
    send: 'GET /v1/x HTTP/1.1\r\nhost:\r\n\r\n',
    methods: ['GET'],
    status: [200],
  },
  {
    name: 'fields named by Connection stay',
    send: post(['connection: keep-alive, X-Secret', 'x-secret: 1', 'x-open: 2']),
    status: [200],
    engine: (echoes) => {
      sees('x-secret')(echoes);
      sees('x-open', '2')(echoes);
    },
  },
  {
    name: 'Connection cannot take Host or the body length away',
    send: post(['connection: host, content-length, x-request-id', 'x-request-id: r1']),
    status: [200],
    engine: (echoes) => {
      expect(seen(echoes[0]!, 'content-length')).toEqual(['2']);
      expect(seen(echoes[0]!, 'host')).toHaveLength(1);
      expect(seen(echoes[0]!, 'x-request-id')).toEqual(['r1']);
    },
  },
  {
    name: 'Host is the engine’s',
    send: post(),
    status: [200],
    engine: (echoes) => expect(seen(echoes[0]!, 'host')[0]).toMatch(/^127\.0\.0\.1:\d+$/),
  },
  {
    name: 'X-Forwarded-Host is the client’s Host',
    send: post(),
    status: [200],
    engine: sees('x-forwarded-host', 'gw'),
  },
  {
    name: 'X-Forwarded-Proto is ours to say',
    send: post(['x-forwarded-proto: https']),
    status: [200],
    engine: sees('x-forwarded-proto', 'http'),
  },
  {
    name: 'X-Forwarded-For begins with the peer',
    send: post(),
    status: [200],
    engine: sees('x-forwarded-for', '127.0.0.1'),
  },
  {
    name: 'X-Forwarded-For is appended to',
    send: post(['x-forwarded-for: 192.0.2.7']),
    status: [200],
    engine: sees('x-forwarded-for', '192.0.2.7, 127.0.0.1'),
  },
  {
    name: 'X-Forwarded-Host cannot be forged',
    send: post(['x-forwarded-host: evil']),
    status: [200],
    engine: sees('x-forwarded-host', 'gw'),
  },
  { name: 'Via is added', send: post(), status: [200], engine: sees('via', '1.1 kvcache') },
  {
    name: 'Via is appended to',
    send: post(['via: 1.0 fred']),
    status: [200],
    engine: sees('via', '1.0 fred, 1.1 kvcache'),
  },
  {
    name: 'X-Request-Id is kept',
    send: post(['x-request-id: abc-123']),
    status: [200],
    headers: { 'x-request-id': 'abc-123' },
    engine: sees('x-request-id', 'abc-123'),
  },
  {
    name: 'X-Request-Id with odd characters is replaced',
    send: post(['x-request-id: a b"c']),
    status: [200],
    engine: (echoes) => expect(seen(echoes[0]!, 'x-request-id')[0]).toMatch(/^[0-9a-f-]{36}$/),
  },
  {
    name: 'X-Request-Id of 200 bytes is replaced',
    send: post([`x-request-id: ${'x'.repeat(200)}`]),
    status: [200],
    engine: (echoes) => expect(seen(echoes[0]!, 'x-request-id')[0]).toHaveLength(36),
  },
  {
    name: 'repeated fields stay apart',
    send: post(['x-a: 1', 'x-a: 2']),
    status: [200],
    engine: sees('x-a', '1', '2'),
  },
  { name: 'an empty value', send: post(['x-a:']), status: [200], engine: sees('x-a', '') },
  {
    name: 'space around a value goes',
    send: post(['x-a: \t 1 \t ']),
    status: [200],
    engine: sees('x-a', '1'),
  },
  {
    name: 'bytes above 127 in a value',
    send: post(['x-a: \u00e9\u00ff']),
    status: [200],
    engine: sees('x-a', '\u00e9\u00ff'),
  },
  {
    name: 'an encoded line break stays encoded',
    send: post(['x-a: 1%0d%0ax-b: 2']),
    status: [200],
    engine: sees('x-b'),
  },
  { name: '8,000 bytes of one field', send: post([`x-a: ${'y'.repeat(8_000)}`]), status: [200] },
  {
    name: 'a field beyond the head limit',
    send: post([`x-a: ${'y'.repeat(20_000)}`]),
    status: [431],
    closes: true,
    engine: false,
  },
  {
    name: 'many fields beyond the head limit',
    send: post(Array.from({ length: 1_500 }, (_, index) => `x-header-${index}: ${index}`)),
    status: [431],
    closes: true,
    engine: false,
  },
  {
    name: 'more fields than are looked at',
    send: post(Array.from({ length: 1_000 }, () => 'a: b')),
    status: [431],
    engine: false,
  },
  {
    name: 'a WebSocket handshake',
    send: get(undefined, [
      'connection: Upgrade',
      'upgrade: websocket',
      'sec-websocket-version: 13',
      'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
    ]),
    methods: ['GET'],
    status: [501],
    engine: false,
  },
  {
    name: 'an offer of h2c is ignored',
    send: get(undefined, [
      'connection: Upgrade, HTTP2-Settings',
      'upgrade: h2c',
      'http2-settings: AAMAAABk',
    ]),
    methods: ['GET'],
    status: [200],
    engine: (echoes) => {
      sees('upgrade')(echoes);
      sees('http2-settings')(echoes);
    },
  },
  {
    name: 'Expect: 100-continue',
    send: framed(['content-length: 2', 'expect: 100-continue'], '{}'),
    status: [100, 200],
    engine: sees('expect'),
  },
  {
    name: 'Expect: 100-continue in capitals',
    send: framed(['content-length: 2', 'Expect: 100-Continue'], '{}'),
    status: [100, 200],
  },
  {
    name: 'Expect on an unknown path is answered at once',
    send: 'POST /v2/x HTTP/1.1\r\nhost: gw\r\ncontent-length: 9\r\nexpect: 100-continue\r\n\r\n',
    status: [404],
    closes: true,
    engine: false,
  },
  {
    name: 'Expect with a body too large is refused at once',
    send: framed(['content-length: 999999999', 'expect: 100-continue'], ''),
    status: [413],
    closes: true,
    engine: false,
  },
  ...['a b', 'a/b', 'user@a', 'a:b', '[::1', 'a\\b'].map((host) => ({
    name: `a Host that is no host: ${host}`,
    send: `GET /v1/x HTTP/1.1\r\nhost: ${host}\r\n\r\n`,
    methods: ['GET'],
    status: [400],
    engine: false as const,
  })),
  ...['', 'a.example', 'a:80', 'a:', '[::1]:8080', '[fe80::1%25eth0]', 'a_b'].map((host) => ({
    name: `a Host as it may be: ${host}`,
    send: `GET /v1/x HTTP/1.1\r\nhost: ${host}\r\n\r\n`,
    methods: ['GET'],
    status: [200],
  })),
  {
    name: 'a request that went through a few gateways',
    send: post([`via: ${Array(3).fill('1.1 kvcache').join(', ')}`]),
    status: [200],
  },
  {
    name: 'a request that goes round in a circle',
    send: post([`via: ${Array(8).fill('1.1 kvcache').join(', ')}`]),
    status: [508],
    engine: false,
  },
  {
    name: 'an unknown expectation',
    send: framed(['content-length: 2', 'expect: magic'], '{}'),
    status: [417],
    closes: true,
    engine: false,
  },
];
