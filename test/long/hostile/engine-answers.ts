/** What an engine sends instead of an answer, and what the client may see of it. */
export interface BadAnswer {
  name: string;
  /** Pieces written one after the other, each in a turn of its own; then the connection ends. */
  pieces: readonly string[];
  /** How it ends; default with FIN. */
  end?: 'reset' | 'keep';
  /** Something of a body reached the client, so that no other engine can answer. */
  isBegun?: boolean;
}

const head = (...lines: string[]): string => `HTTP/1.1 200 OK\r\n${lines.join('\r\n')}\r\n\r\n`;
const CHUNKED = 'transfer-encoding: chunked';
const STREAM = 'content-type: text/event-stream';

const NOTHING: readonly [string, ...string[]][] = [
  ['nothing'],
  ['half a status line', 'HTTP/1.1 20'],
  ['a head without its end', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n'],
  ['a head in single bytes without its end', ...'HTTP/1.1 200 OK\r\nx'.split('')],
  ['a head with a length and no body', head('content-length: 100')],
  ['a chunked head and no chunk', head(CHUNKED)],
  ['a head of a stream and no event', head(STREAM, CHUNKED)],
  ['half a chunk size', head(CHUNKED), '1'],
  ['a chunk size and no chunk', head(CHUNKED), '5\r\n'],
  ['100 and nothing', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ['103 and nothing', 'HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n'],
  ['a head, then after a while nothing', head('content-length: 5'), ''],
];

const MALFORMED: readonly [string, ...string[]][] = [
  ['rubbish', '\u0000\u0001\u0002\u00ff\r\n\r\n'],
  ['HTML without a head', '<html></html>\r\n\r\n'],
  ['an SSH banner', 'SSH-2.0-OpenSSH_9.6\r\n'],
  ['a TLS alert', '\u0015\u0003\u0001\u0000\u0002\u0002\u0016'],
  ['HTTP/2 settings', '\u0000\u0000\u0000\u0004\u0000\u0000\u0000\u0000\u0000'],
  ['HTTP/0.9', 'hello'],
  ['HTTP/2.0 in a status line', 'HTTP/2.0 200 OK\r\n\r\n'],
  ['HTTP/1.2', 'HTTP/1.2 200 OK\r\ncontent-length: 0\r\n\r\n'],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
  ['status 000', 'HTTP/1.1 000 OK\r\n\r\n'],
  ['a status that is no number', 'HTTP/1.1 abc OK\r\n\r\n'],
  ['no blank behind the version', 'HTTP/1.1200 OK\r\n\r\n'],
  ['lines ended by LF alone', 'HTTP/1.1 200 OK\ncontent-length: 2\n\n{}'],
  ['a field without a colon', head('content-length 2')],
  ['a field without a name', head(': 2')],
  ['a space before the colon', head('content-length : 2')],
  ['a folded field', head('x-a: 1', ' 2')],
  ['a NUL in a value', head('x-a: \u0000')],
  ['a bare CR in a value', head('x-a: 1\r2')],
  ['two lengths', head('content-length: 2', 'content-length: 3')],
  ['equal lengths', head('content-length: 2', 'content-length: 2')],
  ['a list of lengths', head('content-length: 2, 2')],
  ['a negative length', head('content-length: -1')],
  ['a hexadecimal length', head('content-length: 0x10')],
  ['a length of 20 digits', head('content-length: 99999999999999999999')],
  ['an empty length', head('content-length:')],
  ['a length and chunks', head('content-length: 2', CHUNKED)],
  ['gzip as transfer coding', head('transfer-encoding: gzip')],
  ['chunked twice', head(CHUNKED, CHUNKED)],
  ['chunked in HTTP/1.0', `HTTP/1.0 200 OK\r\n${CHUNKED}\r\n\r\n0\r\n\r\n`],
  ['101', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'],
  ['a head of 100 KB', head(`x-a: ${'y'.repeat(100_000)}`)],
  ['5,000 fields', head(...Array.from({ length: 9_000 }, (_, at) => `x-${at}: y`))],
  ['a head and a chunk size that is none', `${head(CHUNKED)}zz\r\n{}\r\n`],
  ['a head, later a chunk size that is none', head(CHUNKED), 'zz\r\n{}\r\n'],
  ['a negative chunk size', `${head(CHUNKED)}-1\r\n`],
  ['a chunk size of 17 digits', `${head(CHUNKED)}${'f'.repeat(17)}\r\n`],
  ['a chunk size line of 10 KB', `${head(CHUNKED)}1;${'e'.repeat(10_000)}`],
  ['a chunk line ended by LF', `${head(CHUNKED)}2\n{}\n0\n\n`],
];

const CUT: readonly [string, ...string[]][] = [
  ['half a body', `${head('content-length: 100')}half`],
  ['half a body, later', head('content-length: 100'), 'half'],
  ['one chunk and no end', `${head(CHUNKED)}4\r\nhalf\r\n`],
  ['one event and no end', head(STREAM, CHUNKED), '9\r\ndata: 1\n\n\r\n'],
  ['one chunk, then rubbish', head(CHUNKED), '4\r\nhalf\r\nzz\r\n'],
  ['one chunk and rubbish in one piece', `${head(CHUNKED)}4\r\nhalf\r\nzz\r\n`],
  ['a chunk longer than its size', `${head(CHUNKED)}4\r\nhalfandmore\r\n0\r\n\r\n`],
  ['a trailer that is none', `${head(CHUNKED)}4\r\nhalf\r\n0\r\nno trailer\r\n\r\n`],
  ['framing in a trailer', `${head(CHUNKED)}4\r\nhalf\r\n0\r\ncontent-length: 2\r\n\r\n`],
];

const named =
  (more: Partial<BadAnswer>, suffix = '') =>
  ([name, ...pieces]: readonly [string, ...string[]]): BadAnswer => ({
    name: name + suffix,
    pieces,
    ...more,
  });

export const badAnswers: readonly BadAnswer[] = [
  ...NOTHING.map(named({})),
  ...NOTHING.map(named({ end: 'reset' }, ', then a reset')),
  ...MALFORMED.map(named({})),
  ...CUT.map(named({ isBegun: true })),
  ...CUT.map(named({ isBegun: true, end: 'reset' }, ', then a reset')),
];
