import {
  connect,
  createServer as createTcpServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';
import { expect, it, describe } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { pollUntil } from '../../src/base/poll.ts';
import type { GatewayConfig } from '../../src/config/gateway-config.ts';
import { parseMetrics } from '../../src/protocol/prometheus.ts';
import {
  type ConfigText,
  gatewayConfig,
  served,
  startTestGateway,
  startUpstream,
  type TestGateway,
  type UpstreamBehaviour,
} from '../helpers/gateway.ts';

const CHAT = { method: 'POST', body: '{"model":"m","messages":[{"role":"user","content":"hi"}]}' };

const failing =
  (status: number, headers: Record<string, string> = {}): UpstreamBehaviour =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify({ error: { message: `upstream ${status}` } }));
  };

const resetting: UpstreamBehaviour = (request) => {
  request.socket.destroy();
};

interface Answer {
  status: number;
  endpoint: string | null;
  body: string;
}

async function ask(gateway: TestGateway, init: RequestInit = CHAT): Promise<Answer> {
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, init);
  return {
    status: answer.status,
    endpoint: answer.headers.get('x-kvcache-endpoint'),
    body: await answer.text(),
  };
}

async function metric(gateway: TestGateway, name: string, labels: object): Promise<number> {
  const text = await (await fetch(gateway.metricsUrl!)).text();
  return parseMetrics(text)
    .flatMap((family) => family.samples)
    .filter((it) => it.name === name)
    .filter((it) => Object.entries(labels).every(([key, value]) => it.labels[key] === value))
    .reduce((sum, { value }) => sum + value, 0);
}

/** A port that refuses connections: bound once, then closed. */
async function deadPort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const FALLBACK = 'fallback: true, retry_policy: {name: NoRetry}';
const times = (count: number): string =>
  `retry_policy: {name: CountBased, config: {times: ${count}}}`;

describe('retries', () => {
  it.each([429, 500, 502, 503])('tries %i again at the same endpoint', async (status) => {
    let calls = 0;
    await using engine = await startUpstream((...given) => {
      calls += 1;
      (calls === 1 ? failing(status) : served('a'))(...given);
    });
    await using gateway = await startTestGateway({
      endpoints: [{ id: 'a', port: engine.port, llm: times(2) }],
    });
    expect(await ask(gateway)).toMatchObject({ status: 200, endpoint: 'a' });
    expect(engine.seen).toHaveLength(2);
    expect(engine.bodies).toEqual([CHAT.body, CHAT.body]);
  });

  it('tries a broken connection again', async () => {
    let calls = 0;
    await using engine = await startUpstream((...given) => {
      calls += 1;
      (calls === 1 ? resetting : served('a'))(...given);
    });
    await using gateway = await startTestGateway({
      endpoints: [{ id: 'a', port: engine.port, llm: times(1) }],
    });
    expect(await ask(gateway)).toMatchObject({ status: 200 });
  });

  it('passes the last answer through when all attempts fail', async () => {
    await using engine = await startUpstream(failing(500));
    await using gateway = await startTestGateway({
      endpoints: [{ id: 'a', port: engine.port, llm: times(2) }],
    });
    const answer = await ask(gateway);
    expect(answer).toMatchObject({ status: 500, endpoint: 'a' });
    expect(answer.body).toContain('upstream 500');
    expect(engine.seen).toHaveLength(3);
    expect(
      await metric(gateway, 'pixiu_llm_upstream_requests_failure_total', { status_code: '500' }),
    ).toBe(3);
  });

  it.each([400, 401, 404, 413, 422])(
    'never tries a client’s %i again, nor cools down',
    async (status) => {
      await using engine = await startUpstream(failing(status));
      await using gateway = await startTestGateway({
        endpoints: [{ id: 'a', port: engine.port, llm: `${FALLBACK.split(',')[0]}, ${times(3)}` }],
      });
      expect(await ask(gateway)).toMatchObject({ status });
      expect(engine.seen).toHaveLength(1);
      expect(await metric(gateway, 'kvcache_endpoint_cooling_seconds', {})).toBe(0);
    },
  );

  it('says in the log, once, that an endpoint is left alone', async () => {
    await using engine = await startUpstream(failing(503));
    const lines: string[] = [];
    await using gateway = await startTestGateway(
      { endpoints: [{ id: 'a', port: engine.port }] },
      { log: (level, message) => lines.push(`${level} ${message}`) },
    );
    await ask(gateway);
    await ask(gateway);
    expect(lines).toEqual(['warn endpoint a failed and is left alone for 5000 ms']);
  });

  it('gives refusals a request id too', async () => {
    await using gateway = await startTestGateway({ endpoints: [{ id: 'a', port: 1 }] });
    const refused = await fetch(`${gateway.url}/nowhere`, { headers: { 'x-request-id': 'mine' } });
    expect([refused.status, refused.headers.get('x-request-id')]).toEqual([404, 'mine']);
    const unnamed = await fetch(`${gateway.url}/nowhere`);
    expect(unnamed.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('does not try again once a byte of the answer has gone out', async () => {
    await using engine = await startUpstream((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n', () => response.destroy());
    });
    await using other = await startUpstream(served('b'));
    await using gateway = await startTestGateway({
      endpoints: [
        { id: 'a', port: engine.port, llm: `fallback: true, ${times(3)}` },
        { id: 'b', port: other.port, llm: FALLBACK },
      ],
    });
    await expect(ask(gateway)).rejects.toThrow('terminated');
    expect(engine.seen).toHaveLength(1);
    expect(other.seen).toHaveLength(0);
    expect(
      await metric(gateway, 'pixiu_llm_upstream_requests_failure_total', {
        error_type: 'network_error',
      }),
    ).toBe(1);
  });

  it('waits as long as Retry-After asks, within the budget', async () => {
    let calls = 0;
    await using engine = await startUpstream((...given) => {
      calls += 1;
      (calls === 1 ? failing(429, { 'retry-after': '1' }) : served('a'))(...given);
    });
    await using gateway = await startTestGateway({
      endpoints: [{ id: 'a', port: engine.port, llm: times(1) }],
    });
    const startMs = performance.now();
    expect(await ask(gateway)).toMatchObject({ status: 200 });
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(990);
  });

  it('does not wait for a Retry-After beyond the budget', async () => {
    await using engine = await startUpstream(failing(503, { 'retry-after': '3600' }));
    await using gateway = await startTestGateway({
      endpoints: [{ id: 'a', port: engine.port, llm: times(5) }],
    });
    expect(await ask(gateway)).toMatchObject({ status: 503, endpoint: 'a' });
    expect(engine.seen).toHaveLength(1);
  });
});

describe('fallback', () => {
  it('goes round the list, never to an endpoint twice', async () => {
    await using a = await startUpstream(served('a'));
    await using b = await startUpstream(failing(500));
    await using c = await startUpstream(failing(502));
    await using gateway = await startTestGateway({
      lbPolicy: 'RoundRobin',
      endpoints: [
        { id: 'b', port: b.port, llm: FALLBACK },
        { id: 'c', port: c.port, llm: FALLBACK },
        { id: 'a', port: a.port, llm: FALLBACK },
      ],
    });
    expect(await ask(gateway)).toMatchObject({ status: 200, endpoint: 'a' });
    expect([a.seen.length, b.seen.length, c.seen.length]).toEqual([1, 1, 1]);
  });

  it('ends with the failed answer where it is not allowed', async () => {
    await using a = await startUpstream(failing(500));
    await using b = await startUpstream(served('b'));
    await using gateway = await startTestGateway({
      endpoints: [
        { id: 'a', port: a.port },
        { id: 'b', port: b.port },
      ],
    });
    expect(await ask(gateway)).toMatchObject({ status: 500, endpoint: 'a' });
    // The failure cooled a down: others serve from now on.
    expect((await ask(gateway)).endpoint).toBe('b');
    expect((await ask(gateway)).endpoint).toBe('b');
  });

  it('moves a request that reached nobody although fallback is off', async () => {
    await using b = await startUpstream(served('b'));
    await using gateway = await startTestGateway({
      endpoints: [
        { id: 'a', port: await deadPort() },
        { id: 'b', port: b.port },
      ],
    });
    for (let index = 0; index < 4; index++) {
      expect(await ask(gateway)).toMatchObject({ status: 200, endpoint: 'b' });
    }
  });

  it('answers 503 when all endpoints are down, and recovers with the first', async () => {
    const port = await deadPort();
    await using gateway = await startTestGateway({ endpoints: [{ id: 'a', port }] });
    expect(await ask(gateway)).toMatchObject({ status: 503 });
    const server = await listenAt(port, '{"served_by":"a"}');
    expect(await ask(gateway)).toMatchObject({ status: 200, endpoint: 'a' });
    await new Promise((resolve) => server.close(resolve));
  });
});

/** A bare HTTP answerer at a given port. */
async function listenAt(port: number, body: string): Promise<Server> {
  const server = createTcpServer((socket) => {
    socket.once('data', () =>
      socket.end(
        `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
      ),
    );
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return server;
}

describe('credentials', () => {
  it('replace the client’s only at endpoints that have some, and leak to no other', async () => {
    await using a = await startUpstream(failing(500));
    await using b = await startUpstream(served('b'));
    await using gateway = await startTestGateway({
      endpoints: [
        { id: 'a', port: a.port, llm: 'fallback: true, api_key: key-of-a' },
        { id: 'b', port: b.port, llm: 'fallback: true' },
      ],
    });
    await ask(gateway, { ...CHAT, headers: { authorization: 'Bearer of-client' } });
    expect(a.seen[0]!.headers.authorization).toBe('Bearer key-of-a');
    expect(b.seen[0]!.headers.authorization).toBe('Bearer of-client');
  });
});

describe('timeouts', () => {
  it('may be fractions of a millisecond', async () => {
    await using engine = await startUpstream(served('a'));
    await using gateway = await startTestGateway({
      endpoints: [{ id: 'a', port: engine.port }],
      listener: '{read_timeout: 1500.7ms, write_timeout: 20.0001s, idle_timeout: 1500.3ms}',
      extension: '{limits: {headers_timeout: 100.7ms, body_timeout: 5000.7ms}}',
    });
    expect(await ask(gateway)).toMatchObject({ status: 200 });
  });

  it('and failures carry request id and reason like any answer', async () => {
    await using gateway = await startTestGateway({
      endpoints: [{ id: 'a', port: await deadPort() }],
    });
    const headers = { 'x-request-id': 'abc-1' };
    const answer = await fetch(`${gateway.url}/v1/chat/completions`, { ...CHAT, headers });
    expect(answer.status).toBe(503);
    const shown = ['x-request-id', 'x-kvcache-reason', 'x-kvcache-endpoint'];
    expect(shown.map((name) => answer.headers.get(name))).toEqual(['abc-1', 'off', null]);
    expect(await answer.json()).toMatchObject({
      error: 'no endpoint could be reached; the last one tried was a: ECONNREFUSED',
    });
  });

  it('answers 504 when no head came in time, and closes the engine’s connection', async () => {
    let isClosed = false;
    await using engine = await startUpstream((request) => {
      request.socket.once('close', () => (isClosed = true));
    });
    await using gateway = await startTestGateway({
      endpoints: [{ id: 'a', port: engine.port }],
      proxy: '{timeout: 100ms}',
    });
    expect(await ask(gateway)).toMatchObject({ status: 504 });
    const seen = await pollUntil(async () => isClosed || undefined, {
      clock: systemClock,
      deadlineMs: 2_000,
    });
    expect(seen).toBe(true);
  });

  it.each([
    ['a request hangs', 'true', 200],
    ['a request hangs and fallback is off', 'false', 504],
  ])('gives the next endpoint its turn when %s', async (_what, fallback, status) => {
    await using silent = await startUpstream(() => {});
    await using well = await startUpstream((_request, response) => response.end('{}'));
    const llm = `fallback: ${fallback}`;
    await using gateway = await startTestGateway({
      endpoints: [
        { id: 'a', port: silent.port, llm },
        { id: 'b', port: well.port, llm },
      ],
      lbPolicy: 'RoundRobin',
      proxy: '{timeout: 200ms}',
    });
    const answers = [await ask(gateway), await ask(gateway)];
    const worst = Math.max(...answers.map((it) => it.status));
    expect([answers.length, worst]).toEqual([2, status]);
  });

  it('answers 504 when every endpoint had its turn', async () => {
    await using silent = await startUpstream(() => {});
    await using gateway = await startTestGateway({
      endpoints: ['a', 'b'].map((id) => ({
        id,
        port: silent.port,
        llm: 'fallback: true',
      })),
      proxy: '{timeout: 100ms}',
    });
    expect(await ask(gateway)).toMatchObject({ status: 504 });
  });

  it('cuts a stream that runs over the timeout', async () => {
    await using engine = await startUpstream((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
    });
    await using gateway = await startTestGateway({
      endpoints: [{ id: 'a', port: engine.port }],
      proxy: '{timeout: 100ms}',
    });
    await expect(ask(gateway)).rejects.toThrow('terminated');
  });
});

/** Answers the first request of each connection and drops the connection when a second one comes. */
async function startOnceServer(drop: (socket: Socket) => void, seen: string[]): Promise<Server> {
  const server = createTcpServer((socket) => {
    let count = 0;
    socket.on('error', () => {});
    socket.on('data', (data) => {
      count += 1;
      seen.push(data.toString('latin1'));
      if (count === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
      else drop(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

it.each<[string, (socket: Socket) => void]>([
  ['ends', (socket) => void socket.end()],
  ['resets', (socket) => void socket.resetAndDestroy()],
])(
  'an engine that %s its idle connection just as it is used again costs no GET, and gets no POST twice',
  async (_how, drop) => {
    const seen: string[] = [];
    const engine = await startOnceServer(drop, seen);
    await using gateway = await startTestGateway({
      endpoints: [{ id: 'a', port: (engine.address() as AddressInfo).port }],
    });
    const statusesOf = async (init: RequestInit): Promise<number[]> => {
      const statuses: number[] = [];
      for (let index = 0; index < 6; index++) statuses.push((await ask(gateway, init)).status);
      return statuses;
    };
    expect(await statusesOf({ method: 'GET' })).toEqual([200, 200, 200, 200, 200, 200]);
    expect(await metric(gateway, 'kvcache_endpoint_cooling_seconds', { endpoint: 'a' })).toBe(0);
    seen.length = 0;
    const posted = await statusesOf(CHAT);
    engine.close();
    expect(new Set(posted)).toEqual(new Set([200, 502]));
    expect(seen.filter((it) => it.startsWith('POST'))).toHaveLength(posted.length);
  },
);

it('passes on a 304 that tells the length its body would have', async () => {
  const engine = createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () =>
      socket.write('HTTP/1.1 304 Not Modified\r\ncontent-length: 55\r\n\r\n'),
    );
  });
  await new Promise<void>((resolve) => engine.listen(0, '127.0.0.1', resolve));
  await using gateway = await startTestGateway({
    endpoints: [{ id: 'a', port: (engine.address() as AddressInfo).port }],
  });
  for (let index = 0; index < 2; index++) {
    expect(await ask(gateway, { method: 'GET' })).toMatchObject({ status: 304, body: '' });
  }
  engine.close();
});

it('without response_headers only the request id is shown', async () => {
  await using engine = await startUpstream(served('a'));
  await using gateway = await startTestGateway({
    endpoints: [{ id: 'a', port: engine.port }],
    extension: '{response_headers: false}',
  });
  const headers = { 'x-request-id': 'abc-1' };
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, { ...CHAT, headers });
  const ours = [...answer.headers.keys()].filter((name) => name.startsWith('x-'));
  expect([ours, answer.headers.get('x-request-id')]).toEqual([['x-request-id'], 'abc-1']);
});

describe('slow readers', () => {
  it('hold the engine back instead of filling memory, and are cut after write_timeout', async () => {
    let written = 0;
    await using engine = await startUpstream((_request, response) => {
      const chunk = Buffer.alloc(64 * 1024, 'x');
      const pump = (): void => {
        while (written < 512 * 1024 * 1024) {
          written += chunk.length;
          if (!response.write(chunk)) {
            response.once('drain', pump);
            return;
          }
        }
      };
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      pump();
    });
    await using gateway = await startTestGateway({
      endpoints: [{ id: 'a', port: engine.port }],
      listener: '{write_timeout: 300ms}',
    });
    const socket = connect(Number(new URL(gateway.url).port), '127.0.0.1');
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => {});
    socket.write(`POST /v1/x HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}`);
    socket.pause();
    const inFlight = (): Promise<number> => metric(gateway, 'kvcache_requests_in_flight', {});
    const isIdle = await pollUntil(
      async () => ((await inFlight()) === 0 && written > 0) || undefined,
      {
        clock: systemClock,
        deadlineMs: 5_000,
      },
    );
    expect(isIdle).toBe(true);
    // Kernel buffers of four sockets take a few MiB; the rest must have stayed with the engine.
    expect(written).toBeLessThan(64 * 1024 * 1024);
    socket.resume();
    await closed;
  });
});

describe('active health checks', () => {
  const checks = (thresholds: string): string =>
    `health_checks: [{protocol: http, timeout: 200ms, interval: 20ms, initial_delay_seconds: 0, ${thresholds}}]`;

  it('take an endpoint out and bring it back', async () => {
    let isUp = true;
    await using a = await startUpstream((...given) =>
      (isUp ? served('a') : failing(500))(...given),
    );
    await using b = await startUpstream(served('b'));
    await using gateway = await startTestGateway({
      endpoints: [
        { id: 'a', port: a.port },
        { id: 'b', port: b.port },
      ],
      cluster: checks('healthy_threshold: 2, unhealthy_threshold: 2'),
    });
    const healthOf = (id: string) => (value: number) =>
      pollUntil(
        async () =>
          (await metric(gateway, 'kvcache_endpoint_healthy', { endpoint: id })) === value ||
          undefined,
        { clock: systemClock, deadlineMs: 5_000 },
      );
    isUp = false;
    expect(await healthOf('a')(0)).toBe(true);
    const answers = [await ask(gateway), await ask(gateway), await ask(gateway)];
    expect(answers.map(({ endpoint }) => endpoint)).toEqual(['b', 'b', 'b']);
    isUp = true;
    expect(await healthOf('a')(1)).toBe(true);
  });
});

describe('load balancing', () => {
  const spread = async (given: Partial<ConfigText>, count: number): Promise<string[]> => {
    await using a = await startUpstream(served('a'));
    await using b = await startUpstream(served('b'));
    await using c = await startUpstream(served('c'));
    await using gateway = await startTestGateway({
      endpoints: [
        { id: 'a', port: a.port, weight: 8 },
        { id: 'b', port: b.port, weight: 1 },
        { id: 'c', port: c.port, weight: 1 },
      ],
      ...given,
    });
    const ids: string[] = [];
    for (let index = 0; index < count; index++) {
      const body = JSON.stringify({ model: 'm', messages: [{ content: `conversation ${index}` }] });
      ids.push((await ask(gateway, { method: 'POST', body })).endpoint!);
    }
    return ids;
  };
  const share = (ids: string[], id: string): number =>
    ids.filter((it) => it === id).length / ids.length;

  it('RoundRobin takes turns', async () => {
    expect(await spread({ lbPolicy: 'RoundRobin' }, 6)).toEqual(['a', 'b', 'c', 'a', 'b', 'c']);
  });

  it('Rand reaches all', async () => {
    expect(new Set(await spread({ lbPolicy: 'Rand' }, 40)).size).toBe(3);
  });

  it('WeightRandom follows meta.weight', async () => {
    expect(share(await spread({ lbPolicy: 'WeightRandom' }, 100), 'a')).toBeGreaterThan(0.6);
  });

  it.each(['RingHashing', 'MaglevHashing'])(
    '%s spreads conversations and keeps each',
    async (lbPolicy) => {
      const first = await spread({ lbPolicy }, 40);
      expect(new Set(first).size).toBe(3);
      expect(await spread({ lbPolicy }, 40)).toEqual(first);
    },
  );
});

describe('reload', () => {
  it('lets running requests finish under the old config and sends new ones by the new', async () => {
    let release = (): void => {};
    await using old = await startUpstream((request, response) => {
      release = () => served('old')(request, response, '');
    });
    await using fresh = await startUpstream(served('new'));
    await using gateway = await startTestGateway({ endpoints: [{ id: 'old', port: old.port }] });
    const running = ask(gateway);
    await pollUntil(async () => old.seen.length || undefined, {
      clock: systemClock,
      deadlineMs: 2_000,
    });
    await gateway.reload(gatewayConfig({ endpoints: [{ id: 'new', port: fresh.port }] }));
    expect(await ask(gateway)).toMatchObject({ status: 200, endpoint: 'new' });
    release();
    expect(await running).toMatchObject({ status: 200, endpoint: 'old' });
  });

  it('keeps what the prefix index knows of the endpoints that stay, and the counters', async () => {
    await using a = await startUpstream(served('a'));
    await using b = await startUpstream(served('b'));
    await using c = await startUpstream(served('c'));
    const config = (endpoints: ConfigText['endpoints']): ConfigText => ({
      endpoints,
      filters:
        '{name: dgp.filter.ai.kvcache, config: {enabled: true, vllm_endpoint: "http://127.0.0.1:1", lmcache_endpoint: "http://127.0.0.1:1", token_cache: {enabled: true}}}',
      extension: '{routing: {policy: prefix, allow_header_override: true}}',
    });
    const [one, two, three] = [
      { id: 'a', port: a.port },
      { id: 'b', port: b.port },
      { id: 'c', port: c.port },
    ];
    const body = JSON.stringify({ model: 'm', prompt: 'word '.repeat(200) });
    const send = async (policy: string): Promise<(string | null)[]> => {
      const init = { method: 'POST', body, headers: { 'x-kvcache-policy': policy } };
      const { headers } = await fetch(`${gateway.url}/v1/completions`, init);
      return [headers.get('x-kvcache-endpoint'), headers.get('x-kvcache-reason')];
    };
    await using gateway = await startTestGateway(config([one, two]));
    const [holder] = await send('prefix');
    expect(await send('prefix')).toEqual([holder, 'prefix-hit']);
    await send('lookup');
    const name = 'kvcache_token_cache_misses_total';
    const misses = await metric(gateway, name, {});
    expect(misses).toBeGreaterThan(0);
    await gateway.reload(gatewayConfig(config([three, two, one])));
    expect(await send('prefix')).toEqual([holder, 'prefix-hit']);
    expect(await metric(gateway, name, {})).toBe(misses);
    const moved = [three, two, one].map((it) => (it.id === holder ? { ...it, port: 1 } : it));
    await gateway.reload(gatewayConfig(config(moved)));
    expect((await send('prefix'))[1]).toBe('no-holder');
  });

  it('drops no request while configs change under load', async () => {
    await using a = await startUpstream(served('a'));
    await using b = await startUpstream(served('b'));
    await using gateway = await startTestGateway({ endpoints: [{ id: 'a', port: a.port }] });
    const statuses: number[] = [];
    const client = async (): Promise<void> => {
      for (let index = 0; index < 40; index++) statuses.push((await ask(gateway)).status);
    };
    const clients = [client(), client(), client()];
    for (let index = 0; index < 10; index++) {
      const endpoint = index % 2 === 0 ? { id: 'b', port: b.port } : { id: 'a', port: a.port };
      await gateway.reload(gatewayConfig({ endpoints: [endpoint] }));
      await ask(gateway);
    }
    await Promise.all(clients);
    expect(statuses.filter((status) => status !== 200)).toEqual([]);
  });

  it.each<[string, (config: GatewayConfig) => void]>([
    ['listeners[0] address', (it) => (it.listeners[0]!.address.port = 1)],
    ['listeners[0] max_header_bytes', (it) => (it.listeners[0]!.maxHeaderBytes = 5_000)],
    ['metric', (it) => (it.metricPort = 1)],
    ['metric', (it) => (it.metricPort = undefined)],
    ['x-kvcache.admin', (it) => (it.extension.admin = { host: '127.0.0.1', port: 0 })],
    ['x-kvcache.limits.header_bytes_max', (it) => (it.extension.limits.headerBytesMax = 5_000)],
  ])('refuses to change %s, says so, and changes nothing', async (name, change) => {
    await using a = await startUpstream(served('a'));
    await using gateway = await startTestGateway({ endpoints: [{ id: 'a', port: a.port }] });
    const config = gatewayConfig({ endpoints: [{ id: 'b', port: 1 }] });
    change(config);
    expect(() => gateway.reload(config)).toThrowError(
      expect.objectContaining({
        code: 'RELOAD_REFUSED',
        message: `The new config changes what only a restart can: ${name}.`,
      }),
    );
    expect(await ask(gateway)).toMatchObject({ status: 200, endpoint: 'a' });
  });
});

describe('shutdown', () => {
  it('lets a running request finish within the timeout', async () => {
    let release = (): void => {};
    await using engine = await startUpstream((request, response) => {
      release = () => served('a')(request, response, '');
    });
    const gateway = await startTestGateway({
      endpoints: [{ id: 'a', port: engine.port }],
      shutdown: '5s',
    });
    const running = ask(gateway);
    await pollUntil(async () => engine.seen.length || undefined, {
      clock: systemClock,
      deadlineMs: 2_000,
    });
    const closing = gateway.close();
    release();
    expect(await running).toMatchObject({ status: 200 });
    const startMs = performance.now();
    await closing;
    expect(performance.now() - startMs).toBeLessThan(2_000);
    await expect(fetch(gateway.url)).rejects.toThrow('fetch failed');
  });

  it('cuts what is still running after the timeout', async () => {
    await using engine = await startUpstream(() => {});
    const gateway = await startTestGateway({
      endpoints: [{ id: 'a', port: engine.port }],
      shutdown: '100ms',
    });
    const running = ask(gateway);
    await pollUntil(async () => engine.seen.length || undefined, {
      clock: systemClock,
      deadlineMs: 2_000,
    });
    const [outcome] = await Promise.allSettled([running, gateway.close()]);
    expect(outcome.status).toBe('rejected');
  });
});
