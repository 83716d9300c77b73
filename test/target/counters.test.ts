import { afterEach, describe, expect, it } from 'vitest';
import { parseMetrics } from '../../src/protocol/prometheus.ts';
import { counterDelta, takeSnapshot } from '../../src/target/counters.ts';
import { kindOfPage } from '../../src/target/engines/kinds.ts';
import { MetricPage } from '../../src/target/engines/metric-page.ts';
import {
  sglangHabits,
  tgiHabits,
  trtllmHabits,
  vllmHabits,
  vllmPage,
} from '../helpers/engine-kinds.ts';
import {
  type EngineHabits,
  type StandInEngine,
  startEngineStandIn,
} from '../helpers/engine-stand-in.ts';

const running: StandInEngine[] = [];
afterEach(() => {
  for (const engine of running.splice(0)) engine.close();
});

const counts = { requests: 10, promptTokens: 6_400, hits: 3_200 };

function counted(page: string) {
  const metrics = new MetricPage(parseMetrics(page));
  return kindOfPage(metrics).count(metrics);
}

describe('counters by kind', () => {
  const own = { requests: 10, promptTokens: 6_400, prefixQueries: 6_400, prefixHits: 3_200 };
  it.each([
    ['vLLM', vllmPage('vllm:', '')(counts), { ...own, hitsBySource: { device: 3_200, host: 0 } }],
    ['vLLM, no colon', vllmPage('vllm_', '')(counts), own],
    ['vLLM, OpenMetrics', vllmPage('vllm:', '')(counts).replaceAll('_total{', '{'), own],
    ['SGLang', sglangHabits().metrics!(counts), { ...own, hitsBySource: { device: 3_200 } }],
    ['SGLang, no colon', sglangHabits().metrics!(counts).replaceAll('sglang:', 'sglang_'), own],
    ['TensorRT-LLM', trtllmHabits.metrics!(counts), { ...own, hitsBySource: null }],
    ['TGI', tgiHabits.metrics!(counts), { requests: 10, promptTokens: 6_400, prefixHits: null }],
    ['nobody', 'go_goroutines 5', { requests: null, prefixHits: null }],
  ])('of %s', (_, page, expected) => {
    expect(counted(page)).toMatchObject(expected);
  });

  it('count every way a request can finish, on every rank', () => {
    const page = ['stop', 'length', 'abort', 'error']
      .flatMap((it) =>
        [0, 1].map(
          (rank) => `vllm:request_success_total{engine="${rank}",finished_reason="${it}"} 2`,
        ),
      )
      .join('\n');
    expect(counted(page).requests).toBe(16);
    expect(
      counted('sglang:num_requests_total 5\nsglang:num_aborted_requests_total 2').requests,
    ).toBe(7);
  });

  it('know the cache beyond the engine, and the older names', () => {
    const page =
      'vllm:external_prefix_cache_queries_total 9\nvllm:external_prefix_cache_hits_total 4\nvllm:gpu_prefix_cache_hits_total 3';
    expect(counted(page)).toMatchObject({ externalQueries: 9, externalHits: 4, prefixHits: 3 });
  });

  it('survive one bad line', () => {
    expect(counted(`what is this\n${vllmPage('vllm:', '')(counts)}`).requests).toBe(10);
  });
});

describe('a snapshot', () => {
  async function start(habits: EngineHabits): Promise<StandInEngine> {
    const engine = await startEngineStandIn(habits);
    running.push(engine);
    return engine;
  }

  it('leaves out what cannot be read, and its difference is what happened between', async () => {
    const engine = await start(vllmHabits());
    const silent = await start({});
    const targets = {
      engines: [
        { id: 'a', metricsUrl: `${engine.url}/metrics` },
        { id: 'b', metricsUrl: `${silent.url}/metrics` },
        { id: 'c', metricsUrl: 'http://127.0.0.1:1/metrics' },
      ],
      gatewayMetricsUrl: null,
      timeoutMs: 2_000,
    };
    const before = await takeSnapshot(targets);
    Object.assign(engine.counts, counts);
    const { engines } = counterDelta(before, await takeSnapshot(targets));
    expect(Object.keys(engines)).toEqual(['a']);
    expect(engines['a']).toMatchObject({ requests: 10, hitsBySource: { device: 3_200, host: 0 } });
  });

  it.each(['', '_ratio'])(
    'reads the gateway’s counter, unit%s in its name or not',
    async (unit) => {
      const gateway = await start({
        metrics: () =>
          ['', 'x']
            .map(
              (scope) =>
                `pixiu_llm_upstream_requests${unit}_total{endpoint_address="a:1",otel_scope_name="${scope}",otel_scope_version=""} 2`,
            )
            .join('\n'),
      });
      const { upstream } = await takeSnapshot({
        engines: [],
        gatewayMetricsUrl: `${gateway.url}/metrics`,
        timeoutMs: 2_000,
      });
      expect(upstream).toEqual({ 'a:1': 4 });
    },
  );
});
