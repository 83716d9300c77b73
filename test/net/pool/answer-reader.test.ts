import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AnswerReader } from '../../../src/net/pool/answer-reader.ts';

interface Heard {
  status: number | undefined;
  headers: string[];
  body: string;
  trailers: string[];
  isDone: boolean;
  /** Bytes after the answer. */
  surplus: number;
  keepsAlive: boolean | undefined;
}

/** Reads an answer that comes in the pieces given. */
function read(pieces: readonly string[], method = 'POST', endsAfter = false): Heard {
  let status: number | undefined;
  let headers: string[] = [];
  let body = '';
  const reader = new AnswerReader(method, {
    onHead(code, raw) {
      status = code;
      headers = raw;
    },
    onData: (data) => (body += data.toString('latin1')),
  });
  let surplus = 0;
  for (const piece of pieces) {
    const bytes = Buffer.from(piece, 'latin1');
    surplus += bytes.length - reader.push(bytes);
  }
  if (endsAfter) reader.end();
  const { isDone, trailers, delivery } = reader;
  return {
    status,
    headers,
    body,
    trailers,
    isDone,
    surplus,
    keepsAlive: delivery?.keepsAlive,
  };
}

const lines = (...all: string[]): string => `${all.join('\r\n')}\r\n\r\n`;
const CHUNKED = `${lines('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', 'X-A:  b ')}5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nX-Sum: 1\r\n\r\n`;
const LENGTH = `${lines('HTTP/1.1 200 OK', 'content-length: 5')}hello`;

describe('an answer', () => {
  it('with a length is over with its last byte', () => {
    expect(read([LENGTH])).toMatchObject({ body: 'hello', isDone: true, keepsAlive: true });
  });

  it('in chunks is put together, trailers apart', () => {
    expect(read([CHUNKED])).toEqual({
      status: 200,
      headers: ['Transfer-Encoding', 'chunked', 'X-A', 'b'],
      body: 'hello world',
      trailers: ['X-Sum', '1'],
      isDone: true,
      surplus: 0,
      keepsAlive: true,
    });
  });

  it('means the same however it is cut', () => {
    const interim = lines('HTTP/1.1 103 Early Hints', 'link: </x>');
    const whole = fc.constantFrom(CHUNKED, LENGTH, interim + CHUNKED, interim + interim + LENGTH);
    fc.assert(
      fc.property(whole, fc.array(fc.nat(200), { maxLength: 12 }), (text, cuts) => {
        const at = [0, ...cuts.map((it) => it % text.length).toSorted((a, b) => a - b)];
        const pieces = at.map((from, index) => text.slice(from, at[index + 1]));
        expect(read(pieces)).toEqual(read([text]));
      }),
    );
  });

  it('without length or chunks ends with the connection, which cannot be used again', () => {
    const text = `${lines('HTTP/1.1 200 OK')}hel`;
    expect(read([text, 'lo'])).toMatchObject({ body: 'hello', isDone: false });
    expect(read([text, 'lo'], 'POST', true)).toMatchObject({ isDone: true, keepsAlive: false });
  });

  it.each([
    ['HEAD', '200 OK'],
    ['POST', '204 No Content'],
    ['POST', '304 Not Modified'],
  ])('to %s with status %s has no body whatever its length says', (method, status) => {
    const text = lines(`HTTP/1.1 ${status}`, 'content-length: 5');
    expect(read([text], method)).toMatchObject({ body: '', isDone: true, surplus: 0 });
  });

  it.each([
    ['HTTP/1.1 503 \r\ncontent-length: 0\r\n\r\n', 503, ''],
    ['HTTP/1.1 204\r\n\r\n', 204, ''],
    [
      `${lines('HTTP/1.1 200 OK', 'transfer-encoding: chunked')}5 \r\nhello\r\n0\r\n\r\n`,
      200,
      'hello',
    ],
  ])('may leave out what says nothing, cut anywhere: %j', (text, status, body) => {
    for (let cut = 0; cut <= text.length; cut++) {
      const heard = read([text.slice(0, cut), text.slice(cut)]);
      expect(heard).toMatchObject({ status, body, isDone: true, surplus: 0 });
    }
  });

  it('tells what follows it from what belongs to it', () => {
    expect(read([`${LENGTH}HTTP/1.1 200 OK`])).toMatchObject({ body: 'hello', surplus: 15 });
    expect(read([`${CHUNKED}x`])).toMatchObject({ body: 'hello world', surplus: 1 });
  });

  it.each([
    ['HTTP/1.1', 'close', false],
    ['HTTP/1.1', 'x, Close', false],
    ['HTTP/1.1', 'keep-alive', true],
    ['HTTP/1.0', 'keep-alive', true],
    ['HTTP/1.0', 'x', false],
  ])('of %s with connection %s keeps the connection: %s', (version, connection, keepsAlive) => {
    const text = lines(`${version} 200 OK`, `connection: ${connection}`, 'content-length: 0');
    expect(read([text])).toMatchObject({ isDone: true, keepsAlive });
  });

  it.each([
    ['no status line', lines('HTTP/2 200 OK')],
    ['another protocol, before its head ends', 'SSH-2.0-x\r\n'],
    ['lines that end without CR', 'HTTP/1.1 200 OK\ncontent-length: 0\n\n'],
    ['a status of four digits', lines('HTTP/1.1 2000 OK')],
    ['a status of two digits', lines('HTTP/1.1 20 OK')],
    ['a switch of protocols', lines('HTTP/1.1 101 Switching Protocols')],
    ['two lengths', lines('HTTP/1.1 200 OK', 'content-length: 1', 'content-length: 2')],
    ['a length said twice', lines('HTTP/1.1 200 OK', 'content-length: 1', 'content-length: 1')],
    ['a length with a hard space', lines('HTTP/1.1 200 OK', 'content-length: 1\u00a0')],
    ['a coding after a vertical tab', lines('HTTP/1.1 200 OK', 'transfer-encoding: \u000bchunked')],
    ['a signed length', lines('HTTP/1.1 200 OK', 'content-length: +1')],
    [
      'length and chunks',
      lines('HTTP/1.1 200 OK', 'content-length: 1', 'transfer-encoding: chunked'),
    ],
    ['another coding', lines('HTTP/1.1 200 OK', 'transfer-encoding: gzip, chunked')],
    ['a space before the colon', lines('HTTP/1.1 200 OK', 'content-length : 1')],
    ['a folded line', lines('HTTP/1.1 200 OK', 'x: 1', ' 2')],
    ['a line without a name', lines('HTTP/1.1 200 OK', ': 1')],
    ['a bare line feed', lines('HTTP/1.1 200 OK', 'x: 1\ny: 2')],
    ['a control character', lines('HTTP/1.1 200 OK', 'x: \u0001')],
    ['a null', lines('HTTP/1.1 200 OK', 'x: \0')],
    ['an endless head', `HTTP/1.1 200 OK\r\nx: ${'x'.repeat(70_000)}`],
    ['a chunk size', `${lines('HTTP/1.1 200 OK', 'transfer-encoding: chunked')}-1\r\n`],
    ['a control character behind a chunk size', CHUNKED.replace('\r\n\r\n5', '\r\n\r\n5;\0')],
    ['a coding in HTTP/1.0', CHUNKED.replace('HTTP/1.1', 'HTTP/1.0')],
    ['a chunk longer than its size', `${CHUNKED.slice(0, CHUNKED.indexOf('hello'))}helloo\r\n`],
    [
      'an endless chunk line',
      `${lines('HTTP/1.1 200 OK', 'transfer-encoding: chunked')}1;${'x'.repeat(9_000)}`,
    ],
    ['framing in a trailer', CHUNKED.replace('X-Sum', 'Content-Length')],
  ])('with %s is refused', (_what, text) => {
    expect(() => read([text])).toThrow(/not valid HTTP\/1\.1/);
  });

  it.each([
    ['in its head', LENGTH.slice(0, 20)],
    ['in its body', LENGTH.slice(0, -1)],
    ['before its last chunk', CHUNKED.slice(0, -4)],
  ])('that stops %s is not taken for a whole one', (_where, text) => {
    expect(() => read([text], 'POST', true)).toThrow('closed the connection');
  });
});
