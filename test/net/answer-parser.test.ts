import { describe, expect, it } from 'vitest';
import { AnswerParser } from '../../src/net/answer-parser.ts';

/** What the parser tells of `text`, handed over in the pieces given. */
function tell(pieces: readonly string[], isClosed = false): string[] {
  const told: string[] = [];
  let body = '';
  const parser = new AnswerParser({
    onHead: (head) => told.push(`${head.status} ${head.get('x-who') ?? '-'}`),
    onBytes: (bytes) => (body += bytes.toString('latin1')),
    onEnd: (isReusable) => {
      told.push(`${body}${isReusable ? '' : ' (last)'}`);
      body = '';
    },
  });
  for (const piece of pieces) parser.push(Buffer.from(piece, 'latin1'));
  if (isClosed) parser.close();
  return told;
}

/** The text cut in two at every place, and into single bytes. */
function cuts(text: string): string[][] {
  const pairs = Array.from({ length: text.length - 1 }, (_, index) => [
    text.slice(0, index + 1),
    text.slice(index + 1),
  ]);
  return [...pairs, text.split('')];
}

const CHUNKED =
  'HTTP/1.1 200 OK\r\nX-Who: b\r\nTransfer-Encoding: chunked\r\n\r\n' +
  '5;ext=1\r\nhello\r\nA \r\n\r\n 9 bytes\r\n0\r\nTrailer: x\r\n\r\n';

describe('AnswerParser', () => {
  it.each([
    [
      'a length',
      'HTTP/1.1 200 OK\r\nX-WHO:  a \r\nContent-Length: 5\r\n\r\nhello',
      '200 a',
      'hello',
    ],
    ['no body', 'HTTP/1.1 503 \r\ncontent-length: 0\r\n\r\n', '503 -', ''],
    ['no content', 'HTTP/1.1 204\r\n\r\n', '204 -', ''],
    ['chunks', CHUNKED, '200 b', 'hello\r\n 9 bytes'],
    [
      'an interim answer before it',
      'HTTP/1.1 100 Continue\r\nx-who: no\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx',
      '200 -',
      'x',
    ],
    [
      'a server that closes',
      'HTTP/1.1 200 OK\r\nConnection: Close\r\ncontent-length: 1\r\n\r\nx',
      '200 -',
      'x (last)',
    ],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\nx', '200 -', 'x (last)'],
    [
      'HTTP/1.0 that stays',
      'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\ncontent-length: 1\r\n\r\nx',
      '200 -',
      'x',
    ],
  ])('reads %s, cut anywhere', (_, text, head, body) => {
    for (const pieces of [[text], ...cuts(text)]) expect(tell(pieces)).toEqual([head, body]);
  });

  it('reads an answer that only the end of the connection ends', () => {
    const text = 'HTTP/1.1 200 OK\r\n\r\nas long as it takes';
    for (const pieces of cuts(text)) {
      expect(tell(pieces, true)).toEqual(['200 -', 'as long as it takes (last)']);
    }
    expect(tell([text])).toEqual(['200 -']);
  });

  it('does not take the end of the connection for the end of a longer answer', () => {
    expect(tell([CHUNKED.slice(0, -1)], true)).toEqual(['200 b']);
    expect(tell(['HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort'], true)).toEqual(['200 -']);
  });

  it('reads one answer after the other', () => {
    expect(tell([CHUNKED, 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'])).toEqual([
      '200 b',
      'hello\r\n 9 bytes',
      '200 -',
      'ok',
    ]);
  });

  it('does not use a connection again on which more came than was asked for', () => {
    const one = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
    expect(tell([one + one])).toEqual(['200 -', 'ok (last)']);
  });

  it.each([
    ['another protocol', 'SSH-2.0-x\r\n'],
    ['an upgrade', 'HTTP/1.1 101 Switching\r\n\r\n'],
    ['a strange status', 'HTTP/1.1 2000 OK\r\n\r\n'],
    ['a length that is none', 'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n'],
    ['a chunk size that is none', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n'],
    ['a chunk that goes on', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nxyz\r\n'],
    ['bare line feeds', 'HTTP/1.1 200 OK\ncontent-length: 0\n\n'],
    ['an endless head', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(20_000)}`],
    ['an endless line', `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${'1'.repeat(9000)}`],
  ])('refuses %s', (_, text) => {
    expect(() => tell([text])).toThrow(expect.objectContaining({ code: 'HTTP_INVALID' }));
  });
});
