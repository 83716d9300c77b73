import { callHttp } from '../net/http-client.ts';
import { type MetricFamily, parseMetrics } from '../protocol/prometheus.ts';

/** What one engine has counted since it started. Null: it does not export that counter. */
export interface EngineCounters {
  /** Requests that finished, whatever the reason (`vllm:request_success_total`). */
  requests: number | null;
  promptTokens: number | null;
  /** Tokens (`vllm:prefix_cache_queries_total`). */
  prefixQueries: number | null;
  prefixHits: number | null;
  /** Tokens asked of and found in the KV connector (`vllm:external_prefix_cache_*`). */
  externalQueries: number | null;
  externalHits: number | null;
}

/** One look at every counter. A target that could not be scraped is absent. */
export interface CounterSnapshot {
  engines: Record<string, EngineCounters>;
  /** Requests the gateway sent to each `host:port` (`pixiu_llm_upstream_requests_total`); null when it does not say. */
  upstream: Record<string, number> | null;
}

export interface CounterTargets {
  engines: readonly { id: string; metricsUrl: string }[];
  gatewayMetricsUrl: string | null;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** Scrapes all targets at once. Never throws but for an abort: what cannot be read is left out. */
export async function takeSnapshot(targets: CounterTargets): Promise<CounterSnapshot> {
  const [engines, upstream] = await Promise.all([
    Promise.all(
      targets.engines.map(async ({ id, metricsUrl }) => {
        const families = await scrape(metricsUrl, targets);
        return families ? ([[id, engineCounters(families)]] as const) : [];
      }),
    ),
    targets.gatewayMetricsUrl === null ? undefined : scrape(targets.gatewayMetricsUrl, targets),
  ]);
  return {
    engines: Object.fromEntries(engines.flat()),
    upstream: upstream ? upstreamRequests(upstream) : null,
  };
}

async function scrape(url: string, targets: CounterTargets): Promise<MetricFamily[] | undefined> {
  try {
    const answer = await callHttp({ url, timeoutMs: targets.timeoutMs, signal: targets.signal });
    return answer.status === 200 ? parseMetrics(answer.text) : undefined;
  } catch (error) {
    if (targets.signal?.aborted) throw error;
    return undefined;
  }
}

/** vLLM's names; SGLang counts other things and yields nulls where it has no equal. */
export function engineCounters(families: readonly MetricFamily[]): EngineCounters {
  return {
    requests: total(families, 'vllm:request_success_total'),
    promptTokens:
      total(families, 'vllm:prompt_tokens_total') ?? total(families, 'sglang:prompt_tokens_total'),
    prefixQueries: total(families, 'vllm:prefix_cache_queries_total'),
    prefixHits:
      total(families, 'vllm:prefix_cache_hits_total') ??
      total(families, 'sglang:cached_tokens_total'),
    externalQueries: total(families, 'vllm:external_prefix_cache_queries_total'),
    externalHits: total(families, 'vllm:external_prefix_cache_hits_total'),
  };
}

/** Sums a counter over all its labels: a multi-process engine has one series per process. */
function total(families: readonly MetricFamily[], name: string): number | null {
  const samples = families.flatMap((family) => family.samples.filter((it) => it.name === name));
  return samples.length === 0 ? null : samples.reduce((sum, { value }) => sum + value, 0);
}

/** Exporters may add a prefix or suffix to the name, so it is matched by what it contains. */
function upstreamRequests(families: readonly MetricFamily[]): Record<string, number> | null {
  const byAddress: Record<string, number> = {};
  for (const { name, labels, value } of families.flatMap((family) => family.samples)) {
    const address = labels['endpoint_address'];
    if (!/pixiu_llm_upstream_requests(_total)?$/.test(name) || address === undefined) continue;
    byAddress[address] = (byAddress[address] ?? 0) + value;
  }
  return Object.keys(byAddress).length === 0 ? null : byAddress;
}

/** After − before, per counter. Null where either side is unknown. */
export function counterDelta(before: CounterSnapshot, after: CounterSnapshot): CounterSnapshot {
  const engines: Record<string, EngineCounters> = {};
  for (const [id, end] of Object.entries(after.engines)) {
    const start = before.engines[id];
    if (start) engines[id] = engineDelta(start, end);
  }
  // A counter appears with its first request, so an address unseen before stood at 0.
  const upstream =
    after.upstream === null
      ? null
      : Object.fromEntries(
          Object.entries(after.upstream).map(([address, value]) => [
            address,
            value - (before.upstream?.[address] ?? 0),
          ]),
        );
  return { engines, upstream };
}

function engineDelta(start: EngineCounters, end: EngineCounters): EngineCounters {
  const keys = Object.keys(end) as (keyof EngineCounters)[];
  const entries = keys.map((key) => {
    const value = end[key];
    return [key, value === null ? null : value - (start[key] ?? 0)] as const;
  });
  return Object.fromEntries(entries) as unknown as EngineCounters;
}
