import { availableParallelism, loadavg } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import type { Clock } from '../../../base/clock.ts';
import { callHttp } from '../../../net/call.ts';
import { type EngineLoad, readEngineLoad } from '../../../protocol/engine-load.ts';
import { parseMetrics } from '../../../protocol/prometheus.ts';
import type { Cluster, Endpoint } from '../../balance/cluster.ts';

const REFRESH_AFTER_MS = 5_000;
const SCRAPE_TIMEOUT_MS = 1_000;

/**
 * How busy the busiest engine of a cluster is by the engines' own metrics, read at most every five seconds.
 * Where no engine exports any, the gateway's own heap and machine stand in.
 */
export class EngineLoadSignal {
  readonly #clock: Clock;
  readonly #scheme: 'http' | 'https';
  readonly #known = new Map<string, { atMs: number; load: Promise<EngineLoad> }>();

  constructor(clock: Clock, scheme: 'http' | 'https') {
    this.#clock = clock;
    this.#scheme = scheme;
  }

  read(cluster: Cluster): Promise<EngineLoad> {
    const { name } = cluster.config;
    const nowMs = this.#clock.nowMs();
    const known = this.#known.get(name);
    if (known && nowMs - known.atMs < REFRESH_AFTER_MS) return known.load;
    const load = this.#scrape(cluster);
    this.#known.set(name, { atMs: nowMs, load });
    return load;
  }

  async #scrape(cluster: Cluster): Promise<EngineLoad> {
    const loads = await Promise.all(cluster.endpoints.map((it) => this.#scrapeOne(it)));
    const own = gatewayLoad();
    return {
      load: highest(loads.map(({ load }) => load)) ?? own.load,
      memory: highest(loads.map(({ memory }) => memory)) ?? own.memory,
    };
  }

  async #scrapeOne({ address }: Endpoint): Promise<EngineLoad> {
    try {
      const url = `${this.#scheme}://${address}/metrics`;
      const { status, text } = await callHttp({ url, timeoutMs: SCRAPE_TIMEOUT_MS });
      return status === 200 ? readEngineLoad(parseMetrics(text)) : UNKNOWN;
    } catch {
      return UNKNOWN;
    }
  }
}

const UNKNOWN: EngineLoad = { load: undefined, memory: undefined };

function gatewayLoad(): EngineLoad {
  const heap = getHeapStatistics();
  return {
    load: Math.min(1, loadavg()[0]! / availableParallelism()),
    memory: heap.used_heap_size / heap.total_heap_size,
  };
}

function highest(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
