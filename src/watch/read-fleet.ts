import type { KvEventSourceConfig } from '../config/gateway-config.ts';
import type { Access } from '../net/access.ts';
import { metricPage } from '../target/engine-profile.ts';
import { ENGINE_KINDS, kindOfPage } from '../target/engines/kinds.ts';
import type { MetricPage } from '../target/engines/metric-page.ts';
import { unknown } from '../target/engines/unknown.ts';
import type { EngineReading, FleetReading, GatewayReading } from './reading.ts';

export interface FleetTargets {
  engines: readonly { id: string; url: string }[];
  /** Prometheus endpoint of the gateway; null: none is watched. */
  gatewayMetricsUrl: string | null;
  /** Where engines publish KV events; who has none is not followed. */
  kvEvents: readonly KvEventSourceConfig[];
  access: Access;
  /** Bound on one page. */
  timeoutMs: number;
}

/** Reads every page at once. Never throws but for an abort: what cannot be read is null. */
export async function readFleet(
  targets: FleetTargets,
  atMs: number,
  signal: AbortSignal,
): Promise<Omit<FleetReading, 'wallMs'>> {
  const read: Read = (url) => metricPage(url, targets, signal);
  const { engines, gatewayMetricsUrl } = targets;
  const [readings, gateway] = await Promise.all([
    Promise.all(engines.map(async ({ id, url }) => [id, await engineAt(url, read)] as const)),
    gatewayMetricsUrl === null ? undefined : read(gatewayMetricsUrl),
  ]);
  return {
    atMs,
    engines: Object.fromEntries(readings),
    gateway: gateway && gatewayReading(gateway),
  };
}

type Read = (url: string) => Promise<MetricPage>;

const PATHS: readonly string[] = [...new Set(ENGINE_KINDS.map(({ metricsPath }) => metricsPath))];

/** By the first page that a known engine wrote. */
async function engineAt(url: string, read: Read): Promise<EngineReading | null> {
  for (const path of PATHS) {
    const reading = engineReading(await read(url + path));
    if (reading) return reading;
  }
  return null;
}

function engineReading(page: MetricPage): EngineReading | null {
  const kind = kindOfPage(page);
  if (kind === unknown) return null;
  const { hitsBySource: _, ...counters } = kind.count(page);
  const { waiting, ...strain } = kind.strain(page);
  return {
    counts: { ...counters, ...strain },
    prefixCaching: kind.setup({}, page).prefixCaching,
    waiting,
  };
}

/** Names of docs/metrics.md. A page of another gateway has none of them, and is a page all the same. */
function gatewayReading(page: MetricPage): GatewayReading | null {
  if (page.isEmpty) return null;
  return {
    reasons: page.by('kvcache_requests_total', 'reason'),
    predictedTokens: page.total('kvcache_predicted_cached_tokens_total'),
    actualTokens: page.total('kvcache_actual_cached_tokens_total'),
    driftRequests: page.total('kvcache_token_drift_requests_total'),
    comparedRequests: page.total('kvcache_cached_tokens_compared_total'),
    events: page.by('kvcache_kv_events_total', 'endpoint'),
  };
}
