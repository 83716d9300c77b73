import type { Clock } from '../../../base/clock.ts';
import type { ExtensionConfig } from '../../../config/gateway-config.ts';
import type { Cluster } from '../../balance/cluster.ts';
import type { MemoryExchange } from '../../sharing/exchange.ts';
import type { MetricRegistry } from '../../../protocol/metric-registry.ts';

/** What the kvcache filter needs from the gateway around it. */
export interface KvcacheServices {
  clock: Clock;
  clusters: ReadonlyMap<string, Cluster>;
  extension: ExtensionConfig;
  /** Scheme of the llm proxy, for tokenizing at a cluster's endpoints. */
  endpointScheme: 'http' | 'https';
  /** The connection manager's `timeout`: caps background calls; 0 = none. */
  managerTimeoutMs: number;
  registry: MetricRegistry;
  /** With whom the prefix index is shared; undefined: with nobody. */
  exchange?: MemoryExchange | undefined;
  /** Seed of everything random: policy `random`, backoff jitter. */
  seed: number;
  /** One line for the gateway's log; `error` is described without secrets. */
  log: (level: 'debug' | 'info' | 'warn', message: string, error?: unknown) => void;
}
