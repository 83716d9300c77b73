import { describe, expect, it } from 'vitest';
import type { Reply } from '../../../mocks/http/reply.ts';
import type { ServedRequest } from '../../../mocks/http/request-reader.ts';
import { eventually, heads, RawClient, startWire } from '../../helpers/wire.ts';

const TEXT = ['content-type', 'text/plain'];

const get = (path = '/', ...lines: string[]): string =>
  `${[`GET ${path} HTTP/1.1`, 'host: a', ...lines].join('\r\n')}\r\n\r\n`;
const post = (body: string, ...lines: string[]): string =>
  `${['POST / HTTP/1.1', 'host: a', `content-length: ${body.length}`, ...lines].join('\r\n')}\r\n\r\n${body}`;

/** Answers with the path asked for. */
const sayPath = ({ target }: ServedRequest, reply: Reply): void => reply.send(200, TEXT, target);

describe('a whole answer', () => {
  it('goes out with its length, the date and how long the connection is kept', async () => {
    await using wire = await startWire(sayPath);
    using client = new RawClient(wire.port);
    client.say(get('/x'));
    await client.hears(/\/x$/);
    expect(client.heard).toMatch(/date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n/);
    expect(heads(client.heard)).toEqual([
      'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 2\r\ndate: …\r\n' +
        'connection: keep-alive\r\nkeep-alive: timeout=75\r\n\r\n',
    ]);
  });

  it('leaves the connection to the next request', async () => {
    await using wire = await startWire(sayPath);
    using client = new RawClient(wire.port);
    for (const path of ['/1', '/2', '/3']) {
      client.say(get(path));
      await client.hears(new RegExp(`\r\n\r\n${path}$`));
    }
    expect([wire.served.length, wire.sockets.length]).toEqual([3, 1]);
  });

  it('counts bytes, not characters', async () => {
    await using wire = await startWire((_request, reply) => reply.send(200, TEXT, 'é€😀\ud800'));
    using client = new RawClient(wire.port);
    client.say(get('/', 'connection: close'));
    await client.ends('fin');
    const [head, body] = client.heard.split('\r\n\r\n');
    expect(head).toContain('content-length: 12\r\n');
    expect(Buffer.from(body!, 'latin1').toString()).toBe('é€😀\ufffd');
  });

  it('to HEAD has the length and no body', async () => {
    await using wire = await startWire((_request, reply) => reply.send(200, TEXT, 'h€llo'));
    using client = new RawClient(wire.port);
    client.say(get('/').replace('GET', 'HEAD'), get('/'));
    await client.hears('h\u00e2');
    expect(heads(client.heard).map((head) => /length: (\d+)/.exec(head)?.[1])).toEqual(['7', '7']);
    expect(client.heard.match(/llo/g)).toHaveLength(1);
  });

  it.each([204, 304])('with status %i has neither length nor body', async (status) => {
    await using wire = await startWire((_request, reply) => reply.send(status, [], 'x'));
    using client = new RawClient(wire.port);
    client.say(get(), get());
    await eventually(() => expect(heads(client.heard)).toHaveLength(2));
    expect(heads(client.heard).join('')).toBe(client.heard.replaceAll(/date: [^\r]*/g, 'date: …'));
    expect(client.heard).not.toContain('length');
  });

  it('never lets a value leave its line', async () => {
    const value = 'a\r\nx-evil: 1\n\0\u007f€\té\u00ff';
    await using wire = await startWire((_request, reply) => reply.send(200, ['x-a', value], ''));
    using client = new RawClient(wire.port);
    client.say(get('/', 'connection: close'));
    await client.ends('fin');
    expect(client.heard).toContain('x-a: a??x-evil: 1????\té\u00ff\r\n');
  });

  it('is sent once: what comes after it does nothing', async () => {
    await using wire = await startWire((_request, reply) => {
      reply.send(200, [], 'one');
      reply.send(200, [], 'two');
      reply.open(200, []);
      reply.write('three');
      reply.end('four');
      reply.sendCut(200, [], { body: 'five', bytes: 2, mode: 'fin' });
      reply.hangUp('rst');
    });
    using client = new RawClient(wire.port);
    client.say(get(), get());
    await client.hears(/one[^]*one/);
    client.say(get('/', 'connection: close'));
    await client.ends('fin');
    expect(client.heard.match(/one|two|three|four|five/g)).toEqual(['one', 'one', 'one']);
  });
});

describe('a stream', () => {
  const streamed = (_request: ServedRequest, reply: Reply): void => {
    reply.open(200, TEXT);
    reply.write('é');
    reply.write('');
    reply.write('x'.repeat(17));
    reply.end('!');
  };

  it('goes out in chunks whose lengths count bytes', async () => {
    await using wire = await startWire(streamed);
    using client = new RawClient(wire.port);
    client.say(get());
    await client.hears(/0\r\n\r\n$/);
    expect(client.heard.split('\r\n\r\n')[0]).toContain('transfer-encoding: chunked\r\n');
    expect(client.heard).toMatch(
      /\r\n\r\n2\r\n\u00c3\u00a9\r\n11\r\nx{17}\r\n1\r\n!\r\n0\r\n\r\n$/,
    );
    client.say(get('/', 'connection: close'));
    await client.ends('fin');
    expect(heads(client.heard)[1]).toContain('connection: close\r\n');
  });

  it('may be empty', async () => {
    await using wire = await startWire((_request, reply) => {
      reply.open(200, []);
      reply.end();
    });
    using client = new RawClient(wire.port);
    client.say(get());
    await client.hears('0\r\n\r\n');
    expect(client.heard).toMatch(/\r\n\r\n0\r\n\r\n$/);
  });

  it('to HEAD is its head, and the connection goes on', async () => {
    await using wire = await startWire(streamed);
    using client = new RawClient(wire.port);
    client.say(get().replace('GET', 'HEAD'), get('/', 'connection: close'));
    await client.ends('fin');
    expect(heads(client.heard)).toHaveLength(2);
    expect(client.heard.match(/x{17}/g)).toHaveLength(1);
  });

  it.each([[], ['connection: keep-alive']])(
    'to HTTP/1.0 ends with the connection %s',
    async (...lines) => {
      await using wire = await startWire(streamed);
      using client = new RawClient(wire.port);
      client.say(`${['GET / HTTP/1.0', ...lines].join('\r\n')}\r\n\r\n`);
      await client.ends('fin');
      const [head, body] = client.heard.split('\r\n\r\n');
      expect(head).not.toContain('chunked');
      expect(head).toContain('connection: close');
      expect(body).toBe(`\u00c3\u00a9${'x'.repeat(17)}!`);
    },
  );

  it('is written as it comes', async () => {
    await using wire = await startWire();
    using client = new RawClient(wire.port);
    client.say(get());
    await eventually(() => expect(wire.served).toHaveLength(1));
    const { reply } = wire.served[0]!;
    reply.open(200, TEXT);
    await client.hears(/\r\n\r\n$/);
    for (const piece of ['one', 'two']) {
      reply.write(piece);
      await client.hears(`3\r\n${piece}\r\n`);
    }
    reply.end();
    await client.hears(/0\r\n\r\n$/);
  });
});

describe('HTTP/1.0', () => {
  it('is answered and closed', async () => {
    await using wire = await startWire(sayPath);
    using client = new RawClient(wire.port);
    client.say('GET /x HTTP/1.0\r\n\r\n');
    await client.ends('fin');
    expect(client.heard).toMatch(/content-length: 2\r\n.*\r\nconnection: close\r\n\r\n\/x$/);
  });

  it('is kept when it asks for that', async () => {
    await using wire = await startWire(sayPath);
    using client = new RawClient(wire.port);
    client.say('GET /1 HTTP/1.0\r\nconnection: Keep-Alive\r\n\r\n');
    await client.hears(/connection: keep-alive\r\n[^]*\/1$/);
    client.say('GET /2 HTTP/1.0\r\n\r\n');
    await client.ends('fin');
    expect(heads(client.heard)).toHaveLength(2);
  });
});

describe('requests sent ahead', () => {
  it('wait for the answer to the one before, and are answered in order', async () => {
    await using wire = await startWire();
    using client = new RawClient(wire.port);
    client.say(get('/1') + get('/2') + get('/3').slice(0, 10));
    for (const path of ['/1', '/2', '/3']) {
      await eventually(() => expect(wire.served.at(-1)?.request.target).toBe(path));
      if (path === '/2') client.say(get('/3').slice(10));
      const { request, reply } = wire.served.at(-1)!;
      reply.open(200, []);
      await client.hears('transfer-encoding');
      reply.end(request.target);
    }
    await client.hears(/\/1[^]*\/2[^]*\/3\r\n0\r\n\r\n$/);
    expect(wire.served).toHaveLength(3);
  });

  it('are all answered when each answer is there at once', async () => {
    await using wire = await startWire(sayPath);
    using client = new RawClient(wire.port);
    const paths = Array.from({ length: 3_000 }, (_, index) => `/${index}`);
    client.say(paths.map((path) => get(path)).join(''));
    await client.hears(/\/2999$/);
    const heard = client.heard.match(/(?<=\r\n\r\n)\/\d+/g);
    expect(heard).toEqual(paths);
  });

  it('are not read without bound while one is being answered', async () => {
    await using wire = await startWire();
    using client = new RawClient(wire.port);
    const count = 8_000;
    client.say(post('x'.repeat(900)).repeat(count));
    await eventually(() => expect(wire.sockets[0]!.isPaused()).toBe(true));
    expect(wire.sockets[0]!.bytesRead).toBeLessThan(1_024 * 1_024);
    expect(wire.served).toHaveLength(1);
    // From here on every answer is there at once.
    let at = 0;
    for (; at < 100; at++) {
      await eventually(() => expect(wire.served.length).toBeGreaterThan(at));
      wire.served[at]!.reply.send(200, [], '');
    }
    const answerAll = (): void => {
      while (wire.served[at]) wire.served[at++]!.reply.send(200, [], '');
      expect(at).toBe(count);
    };
    await eventually(answerAll);
    await eventually(() => expect(heads(client.heard)).toHaveLength(count));
  });

  it('wait while the client does not read its answers, and are all answered once it does', async () => {
    const body = 'x'.repeat(100_000);
    await using wire = await startWire((_request, reply) => reply.send(200, [], body));
    using client = new RawClient(wire.port);
    await eventually(() => expect(client.socket.readyState).toBe('open'));
    client.socket.pause();
    const count = 500;
    client.say(get().repeat(count));
    await eventually(() => expect(wire.sockets[0]!.writableLength).toBeGreaterThan(256 * 1_024));
    expect(wire.sockets[0]!.writableLength).toBeLessThan(512 * 1_024);
    expect(wire.served.length).toBeLessThan(200);
    client.socket.resume();
    await eventually(() => expect(wire.served).toHaveLength(count));
    await eventually(() => expect(client.heard.length).toBeGreaterThan(count * body.length));
    expect(heads(client.heard)).toHaveLength(count);
  });

  it('after one that closes the connection are not served', async () => {
    await using wire = await startWire(sayPath);
    using client = new RawClient(wire.port);
    client.say(get('/1', 'connection: close') + get('/2'));
    await client.ends('fin');
    expect(wire.served).toHaveLength(1);
  });
});

describe('a client that expects 100-continue', () => {
  const head = (length: number): string =>
    `POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: ${length}\r\n\r\n`;
  const sayBody = ({ body }: ServedRequest, reply: Reply): void =>
    body === 'too-large' ? reply.send(413, [], '') : reply.send(200, [], body.toString());

  it('is told to go on, and its next request is its own', async () => {
    await using wire = await startWire(sayBody);
    using client = new RawClient(wire.port);
    client.say(head(2));
    await client.hears(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    client.say('{}');
    await client.hears(/\{\}$/);
    client.say(get().slice(0, 10));
    await eventually(() => expect(wire.sockets[0]!.bytesRead).toBe(head(2).length + 12));
    client.say(get().slice(10));
    await eventually(() => expect(heads(client.heard)).toHaveLength(3));
    expect(client.heard.match(/100 Continue/g)).toHaveLength(1);
  });

  it('is refused at once when its body is too large', async () => {
    await using wire = await startWire(sayBody);
    using client = new RawClient(wire.port);
    client.say(head(1_001));
    await client.ends('fin');
    expect(client.heard).toMatch(/^HTTP\/1\.1 413 /);
  });
});

describe('what is no request', () => {
  it.each([
    ['GET / HTTP/1.1\r\n\r\n', '400 Bad Request'],
    ['GET / HTTP/1.1\n\n', '400 Bad Request'],
    ['\u0016\u0003\u0001', '400 Bad Request'],
    [get('/', `x: ${'y'.repeat(20_000)}`), '431 Request Header Fields Too Large'],
    ['POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n', '400 Bad Request'],
  ])('is answered without being served: %j', async (text, status) => {
    await using wire = await startWire(sayPath);
    using client = new RawClient(wire.port);
    client.say(text);
    await client.ends('fin');
    const [head, body] = client.heard.split('\r\n\r\n');
    expect(head!.split('\r\n')[0]).toBe(`HTTP/1.1 ${status}`);
    expect(head).toContain('connection: close');
    expect(body).toBe(status);
    expect(wire.served).toHaveLength(0);
  });

  it('comes after the answers to those before it', async () => {
    await using wire = await startWire();
    using client = new RawClient(wire.port);
    client.say(`${get('/1')}RUBBISH\r\n\r\n`);
    await eventually(() => expect(wire.served).toHaveLength(1));
    expect(client.heard).toBe('');
    wire.served[0]!.reply.send(200, [], 'fine');
    await client.ends('fin');
    expect(client.heard).toMatch(/^HTTP\/1\.1 200 [^]*fineHTTP\/1\.1 400 /);
  });
});

describe('a client that goes', () => {
  const LEAVING: readonly [string, (client: RawClient) => void][] = [
    ['orderly', (client) => client.socket.end()],
    ['with a reset', (client) => client.socket.resetAndDestroy()],
  ];

  describe.each(LEAVING)('%s', (_how, leave) => {
    it('in the middle of a body is not served', async () => {
      await using wire = await startWire();
      using client = new RawClient(wire.port);
      client.say(post('hello').slice(0, -1));
      await eventually(() => expect(wire.sockets[0]?.bytesRead).toBeGreaterThan(0));
      leave(client);
      await eventually(() => expect(wire.sockets[0]!.closed).toBe(true));
      expect(wire.served).toHaveLength(0);
    });

    it.each([
      ['before its answer', () => {}],
      ['in the middle of its answer', (reply: Reply) => reply.open(200, [])],
    ])('%s is reported once, and what is still said does nothing', async (_when, begin) => {
      await using wire = await startWire((_request, reply) => begin(reply));
      using client = new RawClient(wire.port);
      client.say(get('/1') + get('/2'));
      await eventually(() => expect(wire.served).toHaveLength(1));
      const { reply } = wire.served[0]!;
      let gone = 0;
      reply.onGone(() => gone++);
      leave(client);
      // Until the server knows, the handler goes on.
      await eventually(() => {
        reply.write('x');
        expect(gone).toBe(1);
      });
      expect(reply.isOver).toBe(true);
      reply.send(200, [], 'late');
      reply.write('late');
      reply.end('late');
      reply.hangUp('fin');
      reply.sendCut(200, [], { body: 'late', bytes: 1, mode: 'fin' });
      await eventually(() => expect(wire.sockets[0]!.closed).toBe(true));
      expect([gone, wire.served.length]).toEqual([1, 1]);
    });
  });

  it('is reported at once to who asks late', async () => {
    await using wire = await startWire();
    using client = new RawClient(wire.port);
    client.say(get());
    await eventually(() => expect(wire.served).toHaveLength(1));
    client.socket.resetAndDestroy();
    const { reply } = wire.served[0]!;
    await eventually(() => expect(reply.isOver).toBe(true));
    let gone = 0;
    reply.onGone(() => gone++);
    expect(gone).toBe(1);
  });

  it('after its answer is not reported', async () => {
    let gone = 0;
    await using wire = await startWire((request, reply) => {
      reply.onGone(() => gone++);
      sayPath(request, reply);
    });
    using client = new RawClient(wire.port);
    client.say(get());
    await client.hears(/\/$/);
    client.socket.end();
    await eventually(() => expect(wire.sockets[0]!.closed).toBe(true));
    expect(gone).toBe(0);
  });

  it('and only ends its side has what was answered at once', async () => {
    await using wire = await startWire(sayPath);
    using client = new RawClient(wire.port);
    client.socket.end(get('/1') + get('/2'));
    await client.ends('fin');
    expect(client.heard).toMatch(/\/1HTTP[^]*\/2$/);
  });
});

describe('a handler', () => {
  it('that throws before it answers makes a 500 that tells nothing', async () => {
    await using wire = await startWire(() => {
      throw new Error('secret');
    });
    using client = new RawClient(wire.port);
    client.say(get(), get());
    await client.hears(/500 [^]*Internal Server Error\n[^]*500 [^]*Internal Server Error\n$/);
    expect(client.heard).not.toContain('secret');
  });

  it('that throws in the middle of a stream breaks it off', async () => {
    await using wire = await startWire((_request, reply) => {
      reply.open(200, []);
      reply.write('half');
      throw new Error('secret');
    });
    using client = new RawClient(wire.port);
    client.say(get());
    await eventually(() => expect(client.socket.closed).toBe(true));
    expect(client.heard).not.toContain('0\r\n\r\n');
  });

  it('that throws after its answer harms nobody', async () => {
    await using wire = await startWire((request, reply) => {
      sayPath(request, reply);
      throw new Error('late');
    });
    using client = new RawClient(wire.port);
    client.say(get('/1'), get('/2'));
    await client.hears(/\/2$/);
    expect(heads(client.heard)).toHaveLength(2);
  });

  it('that writes to a client that never reads is cut off', async () => {
    await using wire = await startWire();
    using client = new RawClient(wire.port);
    client.say(get());
    await eventually(() => expect(wire.served).toHaveLength(1));
    client.socket.pause();
    const { reply } = wire.served[0]!;
    reply.open(200, []);
    let gone = 0;
    reply.onGone(() => gone++);
    const piece = 'x'.repeat(4 * 1_024 * 1_024);
    let most = 0;
    for (let count = 0; count < 30; count++) {
      reply.write(piece);
      most = Math.max(most, reply.pendingBytes);
    }
    await eventually(() => expect(gone).toBe(1));
    expect(most).toBeLessThan(70 * 1_024 * 1_024);
    expect(most).toBeGreaterThan(60 * 1_024 * 1_024);
  });
});

describe('hanging up', () => {
  it('with FIN lets out what was written, and nothing after it', async () => {
    await using wire = await startWire();
    using client = new RawClient(wire.port);
    client.say(get('/1') + get('/2'));
    await eventually(() => expect(wire.served).toHaveLength(1));
    const { reply } = wire.served[0]!;
    let gone = 0;
    reply.onGone(() => gone++);
    const half = 'x'.repeat(1_000_000);
    reply.open(200, []);
    reply.write(half);
    reply.hangUp('fin');
    reply.write('more');
    reply.end('more');
    await client.ends('fin');
    expect(client.heard.endsWith(`${half}\r\n`)).toBe(true);
    await eventually(() => expect(gone).toBe(1));
    expect(wire.served).toHaveLength(1);
  });

  it('before any answer says nothing', async () => {
    await using wire = await startWire((_request, reply) => reply.hangUp('fin'));
    using client = new RawClient(wire.port);
    client.say(get());
    await client.ends('fin');
    expect(client.heard).toBe('');
  });

  it('with RST is a reset', async () => {
    await using wire = await startWire((_request, reply) => reply.hangUp('rst'));
    using client = new RawClient(wire.port);
    client.say(get());
    await client.ends('rst');
    expect(client.heard).toBe('');
  });

  it('on an answer that is over leaves the next one alone', async () => {
    await using wire = await startWire();
    using client = new RawClient(wire.port);
    client.say(get('/1') + get('/2'));
    await eventually(() => expect(wire.served).toHaveLength(1));
    wire.served[0]!.reply.send(200, [], 'one');
    wire.served[0]!.reply.hangUp('rst');
    wire.served[1]!.reply.send(200, [], 'two');
    await client.hears(/one[^]*two$/);
  });

  it('in the middle of a body leaves its beginning under its full length', async () => {
    await using wire = await startWire((_request, reply) =>
      reply.sendCut(200, [], { body: 'hé€llo', bytes: 3, mode: 'fin' }),
    );
    using client = new RawClient(wire.port);
    client.say(get());
    await client.ends('fin');
    expect(client.heard).toMatch(/content-length: 9\r\n[^]*\r\n\r\nh\u00c3\u00a9$/);
  });
});
