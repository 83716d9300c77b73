import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { pollUntil } from '../../src/base/poll.ts';
import type { FaultId } from '../../src/config/gateway-config.ts';
import { parseMetrics } from '../../src/protocol/prometheus.ts';
import {
  type ConfigText,
  served,
  startTestGateway,
  startUpstream,
  type TestGateway,
  type Upstream,
  type UpstreamBehaviour,
} from '../helpers/gateway.ts';

/** Each fault of Pixiu's proxy, balancer and metrics: what strict reproduces and fixed does instead. */
const CHAT = { method: 'POST', body: '{"model":"m","messages":[{"role":"user","content":"hi"}]}' };
const MODES = ['fixed', 'strict'] as const;

const only = (fault: FaultId, mode: string): string =>
  `{compat: fixed, compat_overrides: {${fault}: ${mode}}}`;

async function ask(gateway: TestGateway): Promise<{ status: number; endpoint: string | null }> {
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, CHAT);
  await answer.arrayBuffer();
  return { status: answer.status, endpoint: answer.headers.get('x-kvcache-endpoint') };
}

async function sum(gateway: TestGateway, name: string): Promise<number> {
  const text = await (await fetch(gateway.metricsUrl!)).text();
  return parseMetrics(text)
    .flatMap((family) => family.samples)
    .filter((it) => it.name === name)
    .reduce((total, { value }) => total + value, 0);
}

const failing =
  (status: number): UpstreamBehaviour =>
  (_request, response) => {
    response.writeHead(status, { 'content-length': '2' }).end('{}');
  };

interface Pair {
  a: Upstream;
  b: Upstream;
  gateway: TestGateway;
  [Symbol.asyncDispose](): Promise<void>;
}

async function pair(
  behaviours: { a: UpstreamBehaviour; b: UpstreamBehaviour },
  given: Partial<ConfigText> & { llm?: string | null },
): Promise<Pair> {
  const [a, b] = [await startUpstream(behaviours.a), await startUpstream(behaviours.b)];
  const llm = given.llm === undefined ? {} : { llm: given.llm };
  const gateway = await startTestGateway({
    endpoints: [
      { id: 'a', port: a.port, ...llm },
      { id: 'b', port: b.port, ...llm },
    ],
    ...given,
  });
  const dispose = async (): Promise<void> => {
    await gateway.close();
    await Promise.all([a.close(), b.close()]);
  };
  return { a, b, gateway, [Symbol.asyncDispose]: dispose };
}

describe('client_error_cooldown', () => {
  const outcome = {
    // The 4xx is the client's own; both engines go on serving in turn.
    fixed: [400, 200, 400, 200],
    // a cools down after its 4xx; picked again by its turn, it refuses although b is well.
    strict: [400, 200, 503, 200],
  };
  it.each(MODES)('%s', async (mode) => {
    await using it = await pair(
      { a: failing(400), b: served('b') },
      { extension: only('client_error_cooldown', mode) },
    );
    const statuses: number[] = [];
    for (let index = 0; index < 4; index++) statuses.push((await ask(it.gateway)).status);
    expect(statuses).toEqual(outcome[mode]);
  });

  it.each([
    ['fixed', 1],
    ['strict', 3],
  ] as const)('%s sends a 422 %i times with two retries allowed', async (mode, times) => {
    await using it = await pair(
      { a: failing(422), b: failing(422) },
      {
        extension: only('client_error_cooldown', mode),
        llm: 'retry_policy: {name: CountBased, config: {times: 2}}',
      },
    );
    expect(await ask(it.gateway)).toMatchObject({ status: 422, endpoint: 'a' });
    expect(it.a.seen).toHaveLength(times);
  });
});

describe('network_error_retry', () => {
  it.each([
    ['fixed', 200, 2],
    ['strict', 503, 1],
  ] as const)('%s answers %i after %i attempts', async (mode, status, attempts) => {
    let calls = 0;
    const flaky: UpstreamBehaviour = (...given) => {
      calls += 1;
      if (calls === 1) given[0].socket.destroy();
      else served('a')(...given);
    };
    await using it = await pair(
      { a: flaky, b: served('b') },
      {
        extension: only('network_error_retry', mode),
        llm: 'retry_policy: {name: CountBased, config: {times: 2}}',
      },
    );
    expect((await ask(it.gateway)).status).toBe(status);
    expect(it.a.seen).toHaveLength(attempts);
  });
});

describe('fallback_order', () => {
  it.each([
    ['fixed', 200],
    ['strict', 500],
  ] as const)('%s: the last endpoint’s failure ends with %i', async (mode, status) => {
    await using it = await pair(
      { a: served('a'), b: failing(500) },
      { extension: only('fallback_order', mode), llm: 'fallback: true' },
    );
    expect((await ask(it.gateway)).endpoint).toBe('a');
    // The second turn is b's, the last of the list.
    expect((await ask(it.gateway)).status).toBe(status);
  });
});

describe('missing_llm_meta', () => {
  it.each([
    ['fixed', 200],
    ['strict', 500],
  ] as const)('%s answers %i', async (mode, status) => {
    await using it = await pair(
      { a: served('a'), b: served('b') },
      { extension: only('missing_llm_meta', mode), llm: null },
    );
    expect((await ask(it.gateway)).status).toBe(status);
  });
});

describe('zero_cooldown', () => {
  it.each([
    ['fixed', 0],
    ['strict', 5],
  ] as const)('%s: health_check_interval 0 cools for %i s', async (mode, seconds) => {
    await using it = await pair(
      { a: failing(500), b: failing(500) },
      { extension: only('zero_cooldown', mode), llm: 'health_check_interval: 0' },
    );
    await ask(it.gateway);
    expect(Math.ceil(await sum(it.gateway, 'kvcache_endpoint_cooling_seconds'))).toBe(seconds);
  });
});

describe('cluster_not_found_code', () => {
  it.each([
    ['fixed', 505],
    ['strict', 503],
  ] as const)('%s answers %i', async (mode, status) => {
    await using gateway = await startTestGateway({
      endpoints: [{ id: 'a', port: 1 }],
      routes:
        '[{match: {prefix: /v1}, route: {cluster: gone, cluster_not_found_response_code: 505}}, {match: {prefix: /x}, route: {cluster: llm}}]',
      extension: only('cluster_not_found_code', mode),
    });
    expect((await ask(gateway)).status).toBe(status);
  });
});

describe('write_timeout_streams', () => {
  const streaming: UpstreamBehaviour = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    let left = 20;
    const timer = setInterval(() => {
      response.write('data: 1\n\n');
      left -= 1;
      if (left > 0) return;
      clearInterval(timer);
      response.end();
    }, 20);
    response.once('close', () => clearInterval(timer));
  };
  it.each(MODES)('%s', async (mode) => {
    await using it = await pair(
      { a: streaming, b: streaming },
      { extension: only('write_timeout_streams', mode), listener: '{write_timeout: 100ms}' },
    );
    const outcome = await ask(it.gateway).then(
      ({ status }) => status,
      () => 'cut',
    );
    expect(outcome).toBe(mode === 'fixed' ? 200 : 'cut');
  });
});

describe('client_disconnect', () => {
  it.each(MODES)('%s', async (mode) => {
    let isCut = false;
    let finish = (): void => {};
    const slow: UpstreamBehaviour = (request, response) => {
      request.socket.once('close', () => (isCut = true));
      finish = () => served('a')(request, response, '');
    };
    await using it = await pair(
      { a: slow, b: slow },
      { extension: only('client_disconnect', mode) },
    );
    const socket = connect(Number(new URL(it.gateway.url).port), '127.0.0.1');
    socket.write('POST /v1/x HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}');
    const until = (probe: () => Promise<boolean> | boolean): Promise<boolean | undefined> =>
      pollUntil(async () => (await probe()) || undefined, {
        clock: systemClock,
        deadlineMs: 3_000,
      });
    expect(await until(() => it.a.seen.length > 0)).toBe(true);
    socket.destroy();
    if (mode === 'strict') finish();
    expect(
      await until(async () => (await sum(it.gateway, 'kvcache_requests_in_flight')) === 0),
    ).toBe(true);
    // Strict waited for the engine's whole answer, so its connection is still open.
    expect(await sum(it.gateway, 'pixiu_llm_upstream_requests_success_total')).toBe(
      mode === 'strict' ? 1 : 0,
    );
    expect(mode === 'fixed' ? await until(() => isCut) : !isCut).toBe(true);
  });
});

describe('usage_double_count', () => {
  const events = [3, 4, 5].map(
    (tokens) =>
      `data: {"usage":{"prompt_tokens":10,"completion_tokens":${tokens},"total_tokens":0}}\r\n\r\n`,
  );
  const streaming: UpstreamBehaviour = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(`${events.join('')}data: [DONE]\r\n\r\n`);
  };
  it.each([
    ['fixed', 5],
    ['strict', 12],
  ] as const)('%s counts %i completion tokens', async (mode, tokens) => {
    await using it = await pair(
      { a: streaming, b: streaming },
      {
        extension: only('usage_double_count', mode),
        filters: '{name: dgp.filter.llm.tokenizer, config: {}}',
      },
    );
    await ask(it.gateway);
    expect(await sum(it.gateway, 'pixiu_llm_completion_tokens_total')).toBe(tokens);
    expect(await sum(it.gateway, 'pixiu_llm_streaming_requests_total')).toBe(1);
  });
});

describe('health_thresholds', () => {
  it.each(MODES)('%s', async (mode) => {
    let probes = 0;
    let isUp = true;
    const probed: UpstreamBehaviour = (...given) => {
      probes += 1;
      (isUp ? served('a') : failing(500))(...given);
    };
    await using it = await pair(
      { a: probed, b: served('b') },
      {
        extension: only('health_thresholds', mode),
        cluster:
          'health_checks: [{protocol: http, timeout: 1s, interval: 20ms, initial_delay_seconds: 0, unhealthy_threshold: 4}]',
      },
    );
    const healthy = (): Promise<number> => sum(it.gateway, 'kvcache_endpoint_healthy');
    isUp = false;
    const before = probes;
    const isOut = await pollUntil(async () => (await healthy()) === 1 || undefined, {
      clock: systemClock,
      deadlineMs: 5_000,
    });
    expect(isOut).toBe(true);
    // Fixed needs four failures in a row before it takes the endpoint out.
    if (mode === 'fixed') expect(probes - before).toBeGreaterThanOrEqual(4);
    else expect(probes - before).toBeGreaterThanOrEqual(1);
  });
});

describe('lb_policy_names', () => {
  it('fixed takes round_robin at its word', async () => {
    await using it = await pair(
      { a: served('a'), b: served('b') },
      { lbPolicy: 'round_robin', extension: only('lb_policy_names', 'fixed') },
    );
    const ids: (string | null)[] = [];
    for (let index = 0; index < 6; index++) ids.push((await ask(it.gateway)).endpoint);
    expect(ids).toEqual(['a', 'b', 'a', 'b', 'a', 'b']);
  });

  it('strict takes it as Rand', async () => {
    await using it = await pair(
      { a: served('a'), b: served('b') },
      { lbPolicy: 'round_robin', extension: only('lb_policy_names', 'strict') },
    );
    const ids: (string | null)[] = [];
    for (let index = 0; index < 20; index++) ids.push((await ask(it.gateway)).endpoint);
    expect(ids).not.toEqual(ids.map((_, index) => (index % 2 === 0 ? 'a' : 'b')));
    expect(new Set(ids).size).toBe(2);
  });
});
