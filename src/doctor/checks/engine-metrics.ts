import { takeSnapshot } from '../../target/counters.ts';
import { type Probe, passed, notPassed } from '../probe.ts';

/** Counters are the second witness: who served, what was hit, and whether anybody else is there. */
export const engineMetricsProbe: Probe = {
  id: 'engine-metrics',
  async run({ targets, signal }) {
    const snapshot = await takeSnapshot({
      engines: targets.engines.map(({ id, url }) => ({ id, metricsUrl: `${url}/metrics` })),
      gatewayMetricsUrl: null,
      timeoutMs: targets.timeoutMs,
      signal,
    });
    return targets.engines.map(({ id }) => {
      const counters = snapshot.engines[id];
      const known = Object.entries(counters ?? {}).filter(([, value]) => value !== null);
      const draft = {
        claim: 'The engine counts requests and prefix cache hits.',
        severity: 'hint',
        expected: 'vllm:request_success_total and vllm:prefix_cache_{queries,hits}_total',
        actual: known.length === 0 ? 'none' : known.map(([name]) => name).join(', '),
        evidence: `GET /metrics of ${id}`,
      } as const;
      if (counters && counters.requests !== null && counters.prefixHits !== null)
        return passed('engine-metrics', draft);
      return notPassed('engine-metrics', 'inconclusive', {
        ...draft,
        remedy:
          'Without these counters foreign traffic goes unnoticed. Turn metrics on (vLLM: drop --disable-log-stats; SGLang: --enable-metrics).',
      });
    });
  },
};
