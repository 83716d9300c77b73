import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { pollUntil } from '../../src/base/poll.ts';
import { loadGatewayConfig } from '../../src/config/load.ts';
import { startGateway } from '../../src/gateway/gateway.ts';

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((it) => it?.address === '::1');

/** An engine on ::1 that counts connections and requests, health checks included. */
async function startEngine() {
  const server = createServer((request, response) => {
    response.end(JSON.stringify({ served_by: 'v6', host: request.headers.host }));
  });
  const engine = {
    port: 0,
    visits: 0,
    [Symbol.asyncDispose]: () => new Promise<void>((done) => void server.close(() => done())),
  };
  server.on('connection', () => engine.visits++);
  server.on('request', () => engine.visits++);
  await new Promise<void>((resolve) => server.listen(0, '::1', resolve));
  engine.port = (server.address() as AddressInfo).port;
  return engine;
}

const config = (address: string, port: number, health: string, filters = '') => `
static_resources:
  listeners:
    - name: main
      protocol_type: HTTP
      address: {socket_address: {address: "${address}", port: 0}}
      filter_chains:
        filters:
          - name: dgp.filter.httpconnectionmanager
            config:
              route_config: {routes: [{match: {prefix: /v1}, route: {cluster: llm}}]}
              http_filters: [${filters}{name: dgp.filter.llm.proxy, config: {timeout: 5s}}]
  clusters:
    - name: llm
      health_checks: [{protocol: ${health}, interval: 20ms, initial_delay_seconds: 10ms, healthy_threshold: 1, unhealthy_threshold: 1}]
      endpoints: [{id: a, socket_address: {address: "${address}", port: ${port}}, llm_meta: {retry_policy: {name: NoRetry}}}]
  shutdown_config: {timeout: 1s}
metric: {enable: true, prometheus_port: 0}
x-kvcache: {metric_address: "${address}", admin: {address: "${address}", port: 0}}
`;

const KVCACHE =
  '{name: dgp.filter.ai.kvcache, config: {enabled: true, default_model: m, ' +
  'vllm_endpoint: "http://[::1]:1", lmcache_endpoint: "http://[::1]:1"}}, ';

describe.skipIf(!hasIpv6)('an engine with an IPv6 address', () => {
  const cases = ['::1', '[::1]', '0:0:0:0:0:0:0:1'].flatMap((address) =>
    ['tcp', 'http'].flatMap((health) =>
      ['', KVCACHE].map((filters) => ({ address, health, filters })),
    ),
  );

  it.each(cases)('$address, checked by $health, $filters', async ({ address, health, filters }) => {
    await using engine = await startEngine();
    const text = config(address, engine.port, health, filters);
    const gateway = await startGateway(loadGatewayConfig({ file: 'v6.yaml', text }).config);
    try {
      const ask = async (): Promise<unknown> => {
        const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }] });
        return (await fetch(`${gateway.url}/v1/chat/completions`, { method: 'POST', body })).json();
      };
      const answer = { served_by: 'v6', host: `[::1]:${engine.port}` };
      expect(await ask()).toEqual(answer);
      const metrics = async (): Promise<string> => (await fetch(gateway.metricsUrl!)).text();
      expect(await metrics()).toContain(`endpoint_address="[::1]:${engine.port}"`);
      // A connection and a request are the client's; checks that failed would have made it unhealthy at once.
      const isChecked = async () => (engine.visits > 5 ? true : undefined);
      expect(await pollUntil(isChecked, { clock: systemClock, deadlineMs: 5_000 })).toBe(true);
      expect(await metrics()).toContain('kvcache_endpoint_healthy{cluster="llm",endpoint="a"} 1');
      expect(await ask()).toEqual(answer);
      expect((await fetch(`${gateway.adminUrl!}/health`)).status).toBe(200);
    } finally {
      await gateway.close();
    }
  });
});
