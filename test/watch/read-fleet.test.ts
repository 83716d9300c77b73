import { createServer } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { accessBy } from '../../src/net/access.ts';
import { listen } from '../../src/net/listen.ts';
import { readFleet } from '../../src/watch/read-fleet.ts';

/** Pages by path; anything else is 404. */
async function serve(pages: Record<string, string>): Promise<string> {
  const server = createServer(({ url = '' }, response) => {
    response.writeHead(url in pages ? 200 : 404).end(pages[url]);
  });
  const { url } = await listen(server, { host: '127.0.0.1', port: 0 }, 'page');
  onTestFinished(() => void server.close());
  return url;
}

const VLLM = `
vllm:request_success_total{finished_reason="stop"} 40
vllm:prompt_tokens_total 1000
vllm:prefix_cache_queries_total 1000
vllm:prefix_cache_hits_total 800
vllm:time_to_first_token_seconds_sum 8
vllm:time_to_first_token_seconds_count 40
vllm:num_preemptions_total 3
vllm:cache_config_info{enable_prefix_caching="False"} 1
`;
const GATEWAY = `
kvcache_requests_total{cluster="c",status="200",reason="hit"} 9
kvcache_requests_total{cluster="c",status="200",reason="no-holder"} 1
kvcache_predicted_cached_tokens_total 100
kvcache_kv_events_total{endpoint="a"} 7
`;

describe('a reading', () => {
  it('has what engines of every kind and the gateway count, and null for who does not answer', async () => {
    const vllm = await serve({ '/metrics': VLLM });
    const trtllm = await serve({
      '/metrics': '[]',
      '/prometheus/metrics': 'trtllm_request_success_total 5\n',
    });
    const gateway = await serve({ '/metrics': GATEWAY });
    const engines = [
      { id: 'a', url: vllm },
      { id: 'b', url: trtllm },
      { id: 'c', url: 'http://127.0.0.1:9' },
    ];
    const targets = {
      engines,
      gatewayMetricsUrl: `${gateway}/metrics`,
      kvEvents: [],
      access: accessBy(''),
      timeoutMs: 5_000,
    };
    const reading = await readFleet(targets, 1, new AbortController().signal);
    expect(reading).toMatchObject({
      atMs: 1,
      engines: {
        a: {
          prefixCaching: false,
          counts: { requests: 40, prefixHits: 800, ttftSumS: 8, ttftCount: 40, preemptions: 3 },
        },
        b: { prefixCaching: null, counts: { requests: 5, ttftSumS: null } },
        c: null,
      },
      gateway: {
        reasons: { hit: 9, 'no-holder': 1 },
        predictedTokens: 100,
        actualTokens: null,
        events: { a: 7 },
      },
    });
    const gone = { ...targets, gatewayMetricsUrl: 'http://127.0.0.1:9/metrics' };
    expect((await readFleet(gone, 2, new AbortController().signal)).gateway).toBeNull();
    const none = { ...targets, gatewayMetricsUrl: null };
    expect((await readFleet(none, 3, new AbortController().signal)).gateway).toBeUndefined();
  });
});
