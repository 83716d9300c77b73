import { served, startTestGateway, startUpstream } from './gateway.ts';

export const USAGE = { usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 } };

/** Metrics of a gateway with every family there is: after a JSON answer, a stream, a failure and with all filters on. */
export async function everyMetric(): Promise<string> {
  await using engine = await startUpstream((request, response, body) => {
    if (request.url === '/v1/stream') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
      setImmediate(() => response.end('data: 2\n\n'));
    } else if (request.url === '/v1/fail') response.writeHead(500).end();
    else served('a', { ...USAGE, tokens: [1], count: 1 })(request, response, body);
  });
  const url = `http://127.0.0.1:${engine.port}`;
  await using gateway = await startTestGateway({
    endpoints: [{ id: 'a', port: engine.port }],
    filters: `{name: dgp.filter.ai.kvcache, config: {enabled: true, vllm_endpoint: "${url}", lmcache_endpoint: "${url}"}}, {name: dgp.filter.llm.tokenizer, config: {}}`,
    extension: `{routing: {shadow: [least-load]}, kv_events: {sources: [{endpoint: a, url: "${url}/__mock/events"}]}}`,
  });
  for (const path of ['/v1/chat/completions', '/v1/stream', '/v1/fail']) {
    const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: path }] });
    await (await fetch(`${gateway.url}${path}`, { method: 'POST', body })).arrayBuffer();
  }
  return (await fetch(gateway.metricsUrl!)).text();
}
