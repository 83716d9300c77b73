import { gzipSync } from 'node:zlib';
import { get, type HttpCase, post } from './case.ts';

const reply = (lines: readonly string[], body = '', status = '200 OK'): string =>
  `${[`HTTP/1.1 ${status}`, ...lines].join('\r\n')}\r\n\r\n${body}`;

const stripped: HttpCase[] = [
  ['keep-alive', 'timeout=99'],
  ['proxy-authenticate', 'Basic'],
  ['proxy-connection', 'close'],
  ['upgrade', 'h2c'],
  ['trailer', 'x-t'],
  ['te', 'trailers'],
].map(([name, value]) => ({
  name: `answer: ${name} stays with its connection`,
  send: post(['connection: close']),
  answer: reply(['content-length: 2', `${name}: ${value}`], '{}'),
  status: [200],
  closes: true,
  headers: { [name!]: null, connection: 'close' },
}));

const statuses: HttpCase[] = [
  201, 202, 226, 299, 301, 302, 400, 401, 403, 404, 418, 422, 429, 451, 500, 503, 599,
].map((status) => ({
  name: `answer: status ${status} is passed through`,
  send: post(),
  answer: reply(['content-length: 2'], '{}', `${status} Whatever`),
  status: [status],
  body: '{}',
}));

const broken: HttpCase[] = (
  [
    ['nothing, and closes', null],
    ['rubbish', 'RUBBISH\r\n\r\n'],
    ['an SSH banner', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['a head cut short', 'HTTP/1.1 200 OK\r\ncontent-le'],
    ['two lengths', reply(['content-length: 2', 'content-length: 3'], '{}')],
    ['a length that is no number', reply(['content-length: x'], '{}')],
    ['a head of 200 KB', reply([`x-a: ${'y'.repeat(200_000)}`], '')],
    ['a space before a colon', reply(['content-length : 2'], '{}')],
    ['a head and nothing of its body', reply(['content-length: 100'])],
    ['a head and no chunk', reply(['transfer-encoding: chunked'])],
    [
      'a head of a stream and no event',
      reply(['content-type: text/event-stream', 'transfer-encoding: chunked']),
    ],
    ['a head and a broken chunk size', reply(['transfer-encoding: chunked'], 'zz\r\n{}\r\n')],
    [
      'a switch of protocols nobody asked for',
      reply(['upgrade: x', 'connection: upgrade'], '', '101 Switching Protocols'),
    ],
  ] satisfies [string, string | null][]
).map(([name, answer]) => ({
  name: `answer: ${name} is a 502`,
  send: post(),
  answer,
  engineCloses: true,
  status: [502],
}));

const cut: HttpCase[] = (
  [
    ['shorter than its length', reply(['content-length: 100'], '{}')],
    ['chunked without an end', reply(['transfer-encoding: chunked'], '2\r\n{}\r\n')],
    [
      'with a length among its trailers',
      reply(['transfer-encoding: chunked'], '2\r\n{}\r\n0\r\ncontent-length: 9\r\n\r\n'),
    ],
    ['with a broken chunk', reply(['transfer-encoding: chunked'], '2\r\n{}\r\nzz\r\n')],
  ] satisfies [string, string][]
).map(([name, answer]) => ({
  name: `answer: ${name} is cut, not completed`,
  send: post(),
  answer,
  engineCloses: true,
  methods: [],
  status: [],
  closes: true,
}));

const details: HttpCase[] = [
  {
    name: 'answer: what any of its connection fields names stays behind',
    send: post(['connection: close']),
    answer: reply(
      ['content-length: 2', 'connection: x-a', 'x-a: 1', 'connection: x-b', 'x-b: 2', 'x-c: 3'],
      '{}',
    ),
    status: [200],
    closes: true,
    headers: { 'x-a': null, 'x-b': null, 'x-c': '3' },
  },
  {
    name: 'answer: a 204 has no length',
    send: post(),
    answer: reply(['content-length: 0'], '', '204 No Content'),
    status: [204],
    headers: { 'content-length': null },
  },
];

const zipped = gzipSync('{"usage":{"prompt_tokens":1}}').toString('latin1');

export const answerCases: HttpCase[] = [
  ...stripped,
  ...statuses,
  ...details,
  ...broken,
  ...cut,
  {
    name: 'answer: 204 has no body',
    send: post(),
    answer: reply([], '', '204 No Content'),
    status: [204],
    headers: { 'transfer-encoding': null },
  },
  {
    name: 'answer: 304 keeps its length',
    send: get(),
    methods: ['GET'],
    answer: reply(['etag: "x"'], '', '304 Not Modified'),
    status: [304],
    headers: { etag: '"x"' },
  },
  {
    name: 'answer: to HEAD keeps its length',
    send: 'HEAD /v1/x HTTP/1.1\r\nhost: gw\r\n\r\n',
    methods: ['HEAD'],
    answer: reply(['content-length: 1234']),
    status: [200],
    headers: { 'content-length': '1234' },
  },
  {
    name: 'answer: length 0',
    send: post(),
    answer: reply(['content-length: 0']),
    status: [200],
    body: '',
  },
  {
    name: 'answer: ended by closing',
    send: post(),
    answer: reply(['content-type: text/plain'], 'until the end'),
    engineCloses: true,
    status: [200],
    body: 'until the end',
    headers: { 'transfer-encoding': 'chunked' },
  },
  {
    name: 'answer: chunked',
    send: post(),
    answer: reply(['transfer-encoding: chunked'], '2\r\n{}\r\n0\r\n\r\n'),
    status: [200],
    body: '{}',
    headers: { 'transfer-encoding': 'chunked' },
  },
  {
    name: 'answer: chunked with trailers',
    send: post(),
    answer: reply(
      ['transfer-encoding: chunked', 'trailer: x-t'],
      '2\r\n{}\r\n0\r\nx-t: 1\r\nset-cookie: a=1\r\n\r\n',
    ),
    status: [200],
    body: '{}',
    trailers: [['x-t', '1']],
  },
  {
    name: 'answer: chunked to an HTTP/1.0 client is closed',
    send: 'GET /v1/x HTTP/1.0\r\n\r\n',
    methods: [],
    answer: reply(['transfer-encoding: chunked'], '2\r\n{}\r\n0\r\n\r\n'),
    status: [200],
    closes: true,
    headers: { 'transfer-encoding': null },
  },
  {
    name: 'answer: 100 first',
    send: post(),
    answer: `HTTP/1.1 100 Continue\r\n\r\n${reply(['content-length: 2'], '{}')}`,
    status: [200],
  },
  {
    name: 'answer: 103 first',
    send: post(),
    answer: `HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n${reply(['content-length: 2'], '{}')}`,
    status: [200],
    headers: { link: null },
  },
  {
    name: 'answer: fields named by Connection stay',
    send: post(),
    answer: reply(['connection: x-secret', 'x-secret: 1', 'x-open: 2', 'content-length: 2'], '{}'),
    status: [200],
    headers: { 'x-secret': null, 'x-open': '2' },
  },
  {
    name: 'answer: cookies stay apart',
    send: post(),
    answer: reply(['set-cookie: a=1', 'set-cookie: b=2', 'content-length: 2'], '{}'),
    status: [200],
    headers: { 'set-cookie': 'a=1|b=2' },
  },
  {
    name: 'answer: compressed, passed as it is',
    send: post(),
    answer: reply(['content-encoding: gzip', `content-length: ${zipped.length}`], zipped),
    status: [200],
    body: zipped,
    headers: { 'content-encoding': 'gzip' },
  },
  {
    name: 'answer: a forged x-kvcache-endpoint is replaced',
    send: post(),
    answer: reply(
      ['x-kvcache-endpoint: forged', 'x-request-id: forged', 'content-length: 2'],
      '{}',
    ),
    status: [200],
    headers: { 'x-kvcache-endpoint': 'engine' },
  },
  {
    name: 'answer: Date and Server are the engine’s',
    send: post(),
    answer: reply(
      ['date: Thu, 01 Jan 1970 00:00:00 GMT', 'server: uvicorn', 'content-length: 2'],
      '{}',
    ),
    status: [200],
    headers: { date: 'Thu, 01 Jan 1970 00:00:00 GMT', server: 'uvicorn' },
  },
  {
    name: 'answer: bytes above 127 in a field',
    send: post(),
    answer: reply(['x-a: \u00e9\u00ff', 'content-length: 2'], '{}'),
    status: [200],
    headers: { 'x-a': '\u00e9\u00ff' },
  },
  {
    name: 'answer: an event stream',
    send: post(),
    answer: reply(
      ['content-type: text/event-stream', 'transfer-encoding: chunked'],
      '9\r\ndata: 1\n\n\r\ne\r\ndata: [DONE]\n\n\r\n0\r\n\r\n',
    ),
    status: [200],
    body: 'data: 1\n\ndata: [DONE]\n\n',
  },
  {
    name: 'answer: rubbish after a whole answer harms nobody',
    send: post(),
    answer: `${reply(['content-length: 2'], '{}')}RUBBISH`,
    engineCloses: true,
    status: [200],
    body: '{}',
  },
];
