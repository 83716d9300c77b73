import type { Access } from '../net/access.ts';
import { metricPage } from './engine-profile.ts';
import type { EngineCounters } from './engines/kind.ts';
import { kindOfPage } from './engines/kinds.ts';
import type { MetricPage } from './engines/metric-page.ts';
import { unknown } from './engines/unknown.ts';

/** One look at every counter. A target that could not be scraped is absent. */
export interface CounterSnapshot {
  engines: Record<string, EngineCounters>;
  /** Requests the gateway sent to each `host:port` (`pixiu_llm_upstream_requests_total`); null when it does not say. */
  upstream: Readonly<Record<string, number>> | null;
}

export interface CounterTargets {
  engines: readonly { id: string; metricsUrl: string }[];
  gatewayMetricsUrl: string | null;
  /** For engines that guard their metrics. */
  access?: Access;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** Scrapes all targets at once. Never throws but for an abort: what cannot be read is left out. */
export async function takeSnapshot(targets: CounterTargets): Promise<CounterSnapshot> {
  const { signal, timeoutMs, gatewayMetricsUrl, access = { headers: {} } } = targets;
  const scrape = (url: string): Promise<MetricPage> =>
    metricPage(url, { access, timeoutMs }, signal);
  const [engines, gateway] = await Promise.all([
    Promise.all(
      targets.engines.map(async ({ id, metricsUrl }) => {
        const page = await scrape(metricsUrl);
        const kind = kindOfPage(page);
        return kind === unknown ? [] : ([[id, kind.count(page)]] as const);
      }),
    ),
    gatewayMetricsUrl === null ? undefined : scrape(gatewayMetricsUrl),
  ]);
  return {
    engines: Object.fromEntries(engines.flat()),
    upstream: gateway ? upstreamRequests(gateway) : null,
  };
}

/** Exporters add prefixes and units: the real Pixiu's name has `_ratio` in it. */
function upstreamRequests(page: MetricPage): Record<string, number> | null {
  const found = ['pixiu_llm_upstream_requests', 'pixiu_llm_upstream_requests_ratio'].map((name) =>
    page.by(name, 'endpoint_address'),
  );
  return found.find((it) => it !== null) ?? null;
}

/** After − before, per counter. Null where either side is unknown. */
export function counterDelta(before: CounterSnapshot, after: CounterSnapshot): CounterSnapshot {
  const engines: Record<string, EngineCounters> = {};
  for (const [id, end] of Object.entries(after.engines)) {
    const start = before.engines[id];
    if (start) engines[id] = engineDelta(start, end);
  }
  const upstream = differences(before.upstream, after.upstream);
  return { engines, upstream };
}

function engineDelta(start: EngineCounters, end: EngineCounters): EngineCounters {
  const { hitsBySource: _, ...counts } = end;
  const gained = Object.entries(counts).map(([key, value]) => [
    key,
    value === null ? null : value - (start[key as keyof typeof counts] ?? 0),
  ]);
  return {
    ...(Object.fromEntries(gained) as typeof counts),
    hitsBySource: differences(start.hitsBySource, end.hitsBySource),
  };
}

/** A series appears with its first count, so one unseen before stood at 0. */
function differences(
  start: Readonly<Record<string, number>> | null,
  end: Readonly<Record<string, number>> | null,
): Readonly<Record<string, number>> | null {
  if (end === null) return null;
  return Object.fromEntries(
    Object.entries(end).map(([name, value]) => [name, value - (start?.[name] ?? 0)]),
  );
}
