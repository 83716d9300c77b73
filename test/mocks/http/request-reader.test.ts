import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RequestReader, type ServedRequest } from '../../../mocks/http/request-reader.ts';

const BODY_BYTES_MAX = 1_000;
const HEAD_BYTES_MAX = 16 * 1024;

interface Heard {
  method: string;
  target: string;
  minorVersion: number;
  fields: readonly string[];
  body: string;
  keepsAlive: boolean;
}

function heard({ method, target, minorVersion, fields, body, keepsAlive }: ServedRequest): Heard {
  const text = body === 'too-large' ? body : body.toString('latin1');
  return { method, target, minorVersion, fields, body: text, keepsAlive };
}

/** Reads requests that come in the pieces given, up to one after which the connection ends. */
function readAll(pieces: readonly string[]): Heard[] {
  const reader = new RequestReader(BODY_BYTES_MAX);
  const requests: Heard[] = [];
  for (const piece of pieces) {
    const bytes = Buffer.from(piece, 'latin1');
    for (let at = 0; at < bytes.length;) {
      at = reader.push(bytes, at);
      const request = reader.take();
      if (!request) continue;
      requests.push(heard(request));
      if (!request.keepsAlive) return requests;
    }
  }
  return requests;
}

const readOne = (text: string): Heard | undefined => readAll([text])[0];

/** A head with a Host, and what follows it. */
function post(lines: readonly string[], body = ''): string {
  return `${['POST /v1/x HTTP/1.1', 'host: a', ...lines].join('\r\n')}\r\n\r\n${body}`;
}

const get = (...lines: string[]): string =>
  `${['GET / HTTP/1.1', 'host: a', ...lines].join('\r\n')}\r\n\r\n`;
const chunked = (body: string): string => post(['transfer-encoding: chunked'], body);

const LENGTH = post(['Content-Length: 5', 'X-A:  b '], 'hello');
const CHUNKED = chunked('5\r\nhello\r\nB;x="y"\r\n, world! \r\n\r\n0\r\nX-Sum: 1\r\n\r\n');
const OLD = 'GET /old HTTP/1.0\r\n\r\n';

describe('a request', () => {
  it('is read with its head and its body', () => {
    expect(readAll([LENGTH])).toEqual([
      {
        method: 'POST',
        target: '/v1/x',
        minorVersion: 1,
        fields: ['host', 'a', 'content-length', '5', 'x-a', 'b'],
        body: 'hello',
        keepsAlive: true,
      },
    ]);
  });

  it('in chunks is put together, without its trailers', () => {
    expect(readOne(CHUNKED)).toMatchObject({
      fields: ['host', 'a', 'transfer-encoding', 'chunked'],
      body: 'hello, world! \r\n',
    });
  });

  it('means the same cut in two anywhere, and byte by byte', () => {
    const all = `\r\n${LENGTH}${CHUNKED}${get()}\r\n\r\n${CHUNKED}${LENGTH}${OLD}`;
    const whole = readAll([all]);
    expect(whole.map(({ body }) => body.length)).toEqual([5, 16, 0, 16, 5, 0]);
    for (let cut = 0; cut <= all.length; cut++) {
      expect(readAll([all.slice(0, cut), all.slice(cut)])).toEqual(whole);
    }
    expect(readAll(all.split(''))).toEqual(whole);
  });

  it('means the same however it is cut', () => {
    const some = fc.array(fc.constantFrom(LENGTH, CHUNKED, get(), '\r\n'), { maxLength: 6 });
    fc.assert(
      fc.property(some, fc.array(fc.nat(1_000), { maxLength: 12 }), (requests, cuts) => {
        const text = requests.join('');
        const at = [0, ...cuts.map((it) => it % (text.length + 1)).toSorted((a, b) => a - b)];
        const pieces = at.map((from, index) => text.slice(from, at[index + 1]));
        expect(readAll(pieces)).toEqual(readAll([text]));
      }),
    );
  });

  it('is waited for without taking what follows it', () => {
    const reader = new RequestReader(BODY_BYTES_MAX);
    const bytes = Buffer.from(LENGTH + LENGTH);
    expect(reader.isIdle).toBe(true);
    expect(reader.push(bytes, 0)).toBe(LENGTH.length);
    expect(reader.take()?.target).toBe('/v1/x');
    expect(reader.take()).toBeUndefined();
    expect(reader.isIdle).toBe(true);
    reader.push(bytes.subarray(0, 20), 0);
    expect([reader.isIdle, reader.hasHead]).toEqual([false, false]);
    reader.push(bytes.subarray(20, LENGTH.length - 1), 0);
    expect([reader.isIdle, reader.hasHead]).toEqual([false, true]);
  });

  it('may have a body whatever its method, and none whatever its method', () => {
    expect(readOne(get('content-length: 2') + '{}')).toMatchObject({ body: '{}' });
    expect(readOne(post([]))).toMatchObject({ body: '' });
    expect(readOne(post(['content-length: 0']))).toMatchObject({ body: '' });
    expect(readOne(post(['content-length: 0002'], '{}'))).toMatchObject({ body: '{}' });
    expect(readOne(chunked('0\r\n\r\n'))).toMatchObject({ body: '' });
  });

  it('keeps every byte of a body and of a value', () => {
    const bytes = String.fromCharCode(...Array.from({ length: 256 }, (_, code) => code));
    expect(readOne(post(['content-length: 256'], bytes))?.body).toBe(bytes);
    const value = 'h\u00c3\u00a0 \u00ff\u00a0';
    expect(readOne(get(`x-a: \t ${value}\t `))?.fields).toEqual(['host', 'a', 'x-a', value]);
  });

  it.each([
    ['', 1, true],
    ['connection: close', 1, false],
    ['connection: x, CLOSE', 1, false],
    ['connection: close, keep-alive', 1, false],
    ['connection: keep-alive\r\nconnection: close', 1, false],
    ['connection: keep-alive', 1, true],
    ['connection: closed', 1, true],
    ['connection:', 1, true],
    ['x: y', 0, false],
    ['connection: x', 0, false],
    ['connection: Keep-Alive', 0, true],
    ['connection: keep-alive, close', 0, false],
  ])('with %j in HTTP/1.%i keeps the connection: %s', (line, minorVersion, keepsAlive) => {
    const lines = [`GET / HTTP/1.${minorVersion}`, 'host: a', ...(line === '' ? [] : [line])];
    const text = `${lines.join('\r\n')}\r\n\r\n`;
    expect(readOne(text)).toMatchObject({ minorVersion, keepsAlive });
  });

  it.each([
    ['GET', '/', '/'],
    ['GET', '/v1/x?a=1&b=%20', '/v1/x?a=1&b=%20'],
    ['GET', '//x', '//x'],
    ['GET', 'http://other/v1/x?y', '/v1/x?y'],
    ['GET', 'HTTP://other:80', '/'],
    ['GET', 'https://other?y', '/?y'],
    ['OPTIONS', '*', '*'],
    ['M-SEARCH', '/', '/'],
  ])('%s %s asks for %s', (method, sent, target) => {
    const text = `${method} ${sent} HTTP/1.1\r\nhost: a\r\n\r\n`;
    expect(readOne(text)).toMatchObject({ method, target });
  });

  it.each(['', 'a.example', 'a:80', 'a:', '[::1]:8080', 'a_b'])('may be for host %j', (host) => {
    expect(readOne(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)?.fields).toEqual(['host', host]);
  });

  it('of HTTP/1.0 needs no Host', () => {
    expect(readOne(OLD)).toMatchObject({ target: '/old', minorVersion: 0, keepsAlive: false });
  });

  it('finds its fields by lower-case names, the first of several', () => {
    const reader = new RequestReader(BODY_BYTES_MAX);
    reader.push(Buffer.from(get('X-A: 1', 'x-a: 2')), 0);
    const request = reader.take()!;
    expect([request.header('x-a'), request.header('x-b')]).toEqual(['1', undefined]);
  });
});

describe('what cannot be understood in one way only', () => {
  const line = (text: string): string => `${text}\r\nhost: a\r\n\r\n`;

  it.each([
    ['a length said twice', post(['content-length: 2', 'content-length: 2'], '{}')],
    ['two lengths', post(['content-length: 2', 'content-length: 3'], '{}')],
    ['a list of lengths', post(['content-length: 2, 2'], '{}')],
    ['a negative length', post(['content-length: -2'])],
    ['a length with a plus', post(['content-length: +2'])],
    ['a hexadecimal length', post(['content-length: 0x2'])],
    ['a fractional length', post(['content-length: 2.0'])],
    ['an empty length', post(['content-length:'])],
    ['a length with a hard space', post(['content-length: 2\u00a0'])],
    ['a length beyond what a number holds', post(['content-length: 99999999999999999'])],
    ['length and chunks', post(['content-length: 2', 'transfer-encoding: chunked'], '0\r\n\r\n')],
    ['chunks and length', post(['Transfer-Encoding: Chunked', 'Content-Length: 2'], '0\r\n\r\n')],
    ['another coding', post(['transfer-encoding: gzip'])],
    ['two codings', post(['transfer-encoding: gzip, chunked'], '0\r\n\r\n')],
    ['two coding fields', post(['transfer-encoding: chunked', 'transfer-encoding: chunked'])],
    ['a coding that is not last', post(['transfer-encoding: chunked, identity'])],
    ['identity', post(['transfer-encoding: identity'])],
    ['an empty coding', post(['transfer-encoding:'])],
    ['a quoted coding', post(['transfer-encoding: "chunked"'])],
    ['a coding after a vertical tab', post(['transfer-encoding: \u000bchunked'])],
    ['a coding after a hard space', post(['transfer-encoding: \u00a0chunked'])],
    ['a coding in HTTP/1.0', 'POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n'],
    ['two Hosts', get('HOST: b')],
    ['two equal Hosts', get('Host: a')],
    ['a Host with a space', 'GET / HTTP/1.1\r\nhost: a b\r\n\r\n'],
    ['a Host with a user', 'GET / HTTP/1.1\r\nhost: u@a\r\n\r\n'],
    ['a Host in HTTP/1.0 that is none', 'GET / HTTP/1.0\r\nhost: a/b\r\n\r\n'],
    ['a folded line', get('x: 1', ' 2')],
    ['a folded first line', 'GET / HTTP/1.1\r\n host: a\r\n\r\n'],
    ['a space before the colon', get('x : 1')],
    ['a line without a colon', get('x')],
    ['a line without a name', get(': 1')],
    ['a name that is none', get('x(y): 1')],
    ['a name that is not ASCII', get('x-\u00e9: 1')],
    ['a bare line feed', get('x: 1\ny: 2')],
    ['a bare carriage return', get('x: 1\ry: 2')],
    ['a null in a value', get('x: 1\0')],
    ['a control character in a value', get('x: 1\u0001')],
    ['a delete character in a value', get('x: 1\u007f')],
    ['a control character in the target', line('GET /\u0001 HTTP/1.1')],
    ['a null in the target', line('GET /\0 HTTP/1.1')],
    ['a tab in the target', line('GET /\tx HTTP/1.1')],
    ['a space in the target', line('GET /x y HTTP/1.1')],
    ['a target that is not ASCII', line('GET /\u00c3\u00a9 HTTP/1.1')],
    ['a fragment', line('GET /#x HTTP/1.1')],
    ['a target that is no path', line('GET x HTTP/1.1')],
    ['an asterisk for a path', line('GET * HTTP/1.1')],
    ['a target without a host', line('GET http:///x HTTP/1.1')],
    ['a tunnel', line('CONNECT a:443 HTTP/1.1')],
    ['no target', line('GET  HTTP/1.1')],
    ['two spaces', line('GET  / HTTP/1.1')],
    ['tabs for spaces', line('GET\t/\tHTTP/1.1')],
    ['a space before the method', line(' GET / HTTP/1.1')],
    ['a space after the version', line('GET / HTTP/1.1 ')],
    ['no version', line('GET /')],
    ['HTTP/0.9', 'GET /\r\n\r\n'],
    ['HTTP/1.2', line('GET / HTTP/1.2')],
    ['HTTP/1.10', line('GET / HTTP/1.10')],
    ['HTTP/2.0', line('GET / HTTP/2.0')],
    ['a version in lower case', line('GET / http/1.1')],
    ['the HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a chunk size that is no number', chunked('z\r\n{}\r\n0\r\n\r\n')],
    ['an empty chunk size', chunked('\r\n{}\r\n0\r\n\r\n')],
    ['a negative chunk size', chunked('-2\r\n{}\r\n0\r\n\r\n')],
    ['a chunk size with 0x', chunked('0x2\r\n{}\r\n0\r\n\r\n')],
    ['a chunk size beyond what a number holds', chunked('fffffffffffffffff\r\n')],
    ['a chunk longer than it says', chunked('1\r\n{}\r\n0\r\n\r\n')],
    ['a chunk shorter than it says', chunked('3\r\n{}\r\n0\r\n\r\n')],
    ['chunks ended by a line feed', chunked('2\n{}\n0\n\n')],
    ['a chunk extension with a bare carriage return', chunked('2;a\rb\r\n{}\r\n0\r\n\r\n')],
    ['an endless chunk extension', chunked(`2;${'x'.repeat(9_000)}`)],
    ['endless trailers', chunked(`0\r\n${'x: y\r\n'.repeat(9_000)}`)],
    ['framing in a trailer', chunked('0\r\ncontent-length: 2\r\n\r\n')],
    ['a trailer that is no field', chunked('0\r\nx\r\n\r\n')],
  ])('is refused: %s', (_what, text) => {
    expect(() => readAll([text])).toThrow(/not valid HTTP\/1\.1/);
    expect(() => readAll(text.split(''))).toThrow(/not valid HTTP\/1\.1/);
  });

  it.each([
    ['lines that end without CR', 'GET / HTTP/1.1\nhost: a\n'],
    ['a second line that ends without CR', 'GET / HTTP/1.1\r\nhost: a\n'],
    ['a TLS hello', '\u0016\u0003\u0001\u0002\0'],
    ['a space first', ' '],
  ])('is refused before its head has ended: %s', (_what, text) => {
    expect(() => readAll([text])).toThrow(/not valid HTTP\/1\.1/);
    expect(() => readAll(text.split(''))).toThrow(/not valid HTTP\/1\.1/);
  });
});

describe('bounds', () => {
  /** A head of so many bytes, the blank line that ends it left out. */
  function headOf(bytes: number): string {
    const start = 'GET / HTTP/1.1\r\nhost: a\r\nx: ';
    return `${start}${'y'.repeat(bytes - start.length)}`;
  }

  it('take a head of 16 KiB and refuse one byte more, cut anywhere near its end', () => {
    for (let cut = -6; cut <= 0; cut++) {
      const pieces = (bytes: number): string[] => {
        const text = `${headOf(bytes)}\r\n\r\n`;
        return [text.slice(0, text.length + cut), text.slice(text.length + cut)];
      };
      expect(readAll(pieces(HEAD_BYTES_MAX))).toHaveLength(1);
      expect(() => readAll(pieces(HEAD_BYTES_MAX + 1))).toThrow('more than 16384 bytes');
    }
  });

  it('refuse an endless head without waiting for its end', () => {
    expect(() => readAll([headOf(HEAD_BYTES_MAX + 4)])).toThrow('more than 16384 bytes');
    const reader = new RequestReader(BODY_BYTES_MAX);
    const piece = Buffer.from('GET /xyz');
    let pushed = 0;
    expect(() => {
      for (; pushed < 100_000; pushed += reader.push(piece, 0));
    }).toThrow('more than 16384 bytes');
    expect(pushed).toBeLessThanOrEqual(HEAD_BYTES_MAX + 4);
  });

  it('count a head from where it begins, not what stands before it', () => {
    const before = LENGTH + '\r\n'.repeat(20_000);
    expect(readAll([`${before}${headOf(HEAD_BYTES_MAX)}\r\n\r\n`])).toHaveLength(2);
  });

  it('keep nothing of blank lines, however many', () => {
    const reader = new RequestReader(BODY_BYTES_MAX);
    const lines = Buffer.from('\r\n'.repeat(1_000));
    for (let count = 0; count < 100; count++) expect(reader.push(lines, 0)).toBe(lines.length);
    expect(reader.isIdle).toBe(true);
    expect(readAll(['\r\n'.repeat(1_000), get()])).toHaveLength(1);
  });

  it.each([
    ['by its length', (bytes: number) => post([`content-length: ${bytes}`], 'x'.repeat(bytes))],
    [
      'in one chunk',
      (bytes: number) => chunked(`${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n0\r\n\r\n`),
    ],
    ['in chunks of a byte', (bytes: number) => chunked(`${'1\r\nx\r\n'.repeat(bytes)}0\r\n\r\n`)],
  ])('take a body at the limit and none over it, %s', (_how, request) => {
    for (const cut of [(text: string) => [text], (text: string) => text.split('')]) {
      expect(readAll(cut(request(BODY_BYTES_MAX)))[0]).toMatchObject({
        body: 'x'.repeat(BODY_BYTES_MAX),
        keepsAlive: true,
      });
      expect(readAll(cut(request(BODY_BYTES_MAX + 1)))).toMatchObject([
        { body: 'too-large', keepsAlive: false },
      ]);
    }
  });

  it('refuse a body by its length alone', () => {
    expect(readAll([post(['content-length: 1001'])])).toMatchObject([{ body: 'too-large' }]);
  });
});

describe('a client that waits for 100 Continue', () => {
  const expecting = (length: number, expectation = '100-Continue', version = 1): string =>
    `POST / HTTP/1.${version}\r\nhost: a\r\nexpect: ${expectation}\r\ncontent-length: ${length}\r\n\r\n`;

  function pushed(...pieces: string[]): RequestReader {
    const reader = new RequestReader(BODY_BYTES_MAX);
    for (const piece of pieces) {
      reader.push(Buffer.from(piece), 0);
      reader.take();
    }
    return reader;
  }

  it('is told once, after the head', () => {
    expect(pushed(expecting(2).slice(0, -1)).takeContinue()).toBe(false);
    const reader = pushed(expecting(2));
    expect([reader.takeContinue(), reader.takeContinue()]).toEqual([true, false]);
  });

  it('is not told when its body is there, too large or empty, nor ever for the next request', () => {
    const head = 'GET / HTTP/1.1\r\n';
    expect(pushed(`${expecting(2)}{}`).takeContinue()).toBe(false);
    expect(pushed(`${expecting(2)}{}`, head).takeContinue()).toBe(false);
    expect(pushed(expecting(0), head).takeContinue()).toBe(false);
    expect(pushed(expecting(1_001)).takeContinue()).toBe(false);
  });

  it('is ignored in HTTP/1.0, as is any other expectation', () => {
    expect(pushed(expecting(2, '100-continue', 0)).takeContinue()).toBe(false);
    expect(pushed(expecting(2, 'magic')).takeContinue()).toBe(false);
  });
});
