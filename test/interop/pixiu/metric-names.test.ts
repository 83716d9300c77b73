import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { callHttp } from '../../../src/net/call.ts';
import { parseMetrics } from '../../../src/protocol/prometheus.ts';
import { takeSnapshot } from '../../../src/target/counters.ts';
import { ROOT } from '../../helpers/exec.ts';
import { configText, startUpstream, type UpstreamBehaviour } from '../../helpers/gateway.ts';
import { endpointsCounted } from './counted.ts';
import { send } from './exchange.ts';
import { PIXIU, startPixiu } from './start-pixiu.ts';

if (PIXIU.missing !== undefined) console.warn(`skipped: ${PIXIU.missing}`);

const USAGE = '"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}';

/** A stream, an answer, or a failure, as the prompt says. */
const answer: UpstreamBehaviour = (_request, response, body) => {
  const isStream = body.includes('"stream"');
  const type = isStream ? 'text/event-stream' : 'application/json';
  response.writeHead(body.includes('fail') ? 500 : 200, { 'content-type': type });
  const json = `{"model":"m","choices":[],${USAGE}}`;
  response.end(isStream ? `data: ${json}\n\ndata: [DONE]\n\n` : json);
};

describe.skipIf(PIXIU.missing !== undefined)('metrics of Pixiu', () => {
  it('have the names of docs/metrics.md, and are read by them', async () => {
    await using engine = await startUpstream(answer);
    const endpoints = [{ id: 'a', port: engine.port, llm: 'health_check_interval: 1' }];
    const filters = '{name: dgp.filter.llm.tokenizer}';
    await using pixiu = await startPixiu(configText({ endpoints, filters }));
    for (const body of ['{}', '{"stream":true}', '{"model":"fail"}'])
      await send(pixiu.url, { body });
    await endpointsCounted(pixiu.metricsUrl);

    const { text } = await callHttp({ url: pixiu.metricsUrl, timeoutMs: 2_000 });
    const names = parseMetrics(text)
      .map(({ name }) => name)
      .filter((name) => name.startsWith('pixiu_'));
    const page = readFileSync(join(ROOT, 'docs/metrics.md'), 'utf8');
    const documented = [...page.matchAll(/`(pixiu_llm_\w+)`/g)].map(([, name]) => name!);
    const elided = ['completion', 'total'].map((it) => `pixiu_llm_${it}_tokens_ratio_total`);
    expect(names.length).toBeGreaterThanOrEqual(9);
    expect(names.filter((name) => ![...documented, ...elided].includes(name))).toEqual([]);

    const gatewayMetricsUrl = pixiu.metricsUrl;
    const { upstream } = await takeSnapshot({ engines: [], gatewayMetricsUrl, timeoutMs: 2_000 });
    expect(upstream).toEqual({ [`127.0.0.1:${engine.port}`]: 3 });
  });
});
