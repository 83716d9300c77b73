import { expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { pollUntil } from '../../src/base/poll.ts';
import { parseMetrics } from '../../src/protocol/prometheus.ts';
import {
  type ConfigText,
  served,
  startTestGateway,
  startUpstream,
  type TestGateway,
  type UpstreamBehaviour,
} from '../helpers/gateway.ts';

/** What the real Pixiu does otherwise and no other test of the gateway looks at; docs/pixiu-compatibility.md. */
const CHAT = { method: 'POST', body: '{"model":"m","messages":[{"role":"user","content":"hi"}]}' };

async function statusOf(gateway: TestGateway): Promise<number> {
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, CHAT);
  await answer.arrayBuffer();
  return answer.status;
}

async function sum(gateway: TestGateway, name: string): Promise<number> {
  const text = await (await fetch(gateway.metricsUrl!)).text();
  return parseMetrics(text)
    .flatMap((family) => family.samples)
    .filter((it) => it.name === name)
    .reduce((total, { value }) => total + value, 0);
}

/** A gateway before one engine. */
async function withEngine(
  behaviour: UpstreamBehaviour,
  given: Partial<ConfigText> & { llm?: string | null },
  judge: (gateway: TestGateway) => Promise<void>,
): Promise<void> {
  await using engine = await startUpstream(behaviour);
  const llm = given.llm === undefined ? {} : { llm: given.llm };
  await using gateway = await startTestGateway({
    endpoints: [{ id: 'a', port: engine.port, ...llm }],
    ...given,
  });
  await judge(gateway);
}

it('serves an endpoint without llm_meta', async () => {
  await withEngine(served('a'), { llm: null }, async (gateway) => {
    expect(await statusOf(gateway)).toBe(200);
  });
});

it('takes health_check_interval 0 for no cooldown', async () => {
  const failing: UpstreamBehaviour = (_request, response) => response.writeHead(500).end();
  await withEngine(failing, { llm: 'health_check_interval: 0' }, async (gateway) => {
    expect(await statusOf(gateway)).toBe(500);
    expect(await sum(gateway, 'kvcache_endpoint_cooling_seconds')).toBe(0);
  });
});

it('answers cluster_not_found_response_code', async () => {
  const routes =
    '[{match: {prefix: /v1}, route: {cluster: gone, cluster_not_found_response_code: 505}}, {match: {prefix: /x}, route: {cluster: llm}}]';
  await withEngine(served('a'), { routes }, async (gateway) => {
    expect(await statusOf(gateway)).toBe(505);
  });
});

it('lets a stream run past write_timeout while its client reads', async () => {
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
  await withEngine(streaming, { listener: '{write_timeout: 100ms}' }, async (gateway) => {
    expect(await statusOf(gateway)).toBe(200);
  });
});

it('counts the last usage of a stream, not the sum of all', async () => {
  const events = [3, 4, 5].map(
    (tokens) =>
      `data: {"usage":{"prompt_tokens":10,"completion_tokens":${tokens},"total_tokens":0}}\r\n\r\n`,
  );
  const streaming: UpstreamBehaviour = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(`${events.join('')}data: [DONE]\r\n\r\n`);
  };
  const filters = '{name: dgp.filter.llm.tokenizer, config: {}}';
  await withEngine(streaming, { filters }, async (gateway) => {
    expect(await statusOf(gateway)).toBe(200);
    expect(await sum(gateway, 'pixiu_llm_completion_tokens_total')).toBe(5);
    expect(await sum(gateway, 'pixiu_llm_streaming_requests_total')).toBe(1);
  });
});

it('takes an endpoint out only after unhealthy_threshold failures in a row', async () => {
  let probes = 0;
  const probed: UpstreamBehaviour = (...given) => {
    probes += 1;
    // One failure of every two, then nothing but failures.
    if (probes % 2 === 0 || probes > 20) given[1].writeHead(500).end();
    else served('a')(...given);
  };
  const cluster =
    'health_checks: [{protocol: http, timeout: 1s, interval: 10ms, initial_delay_seconds: 0, unhealthy_threshold: 2}]';
  await withEngine(probed, { cluster }, async (gateway) => {
    const isOut = async () => (await sum(gateway, 'kvcache_endpoint_healthy')) === 0 || undefined;
    expect(await pollUntil(isOut, { clock: systemClock, deadlineMs: 5_000 })).toBe(true);
    expect(probes).toBeGreaterThan(20);
  });
});
