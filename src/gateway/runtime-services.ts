import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { Deadlines } from './listener/deadlines.ts';
import type { GatewayMetrics } from './admin/gateway-metrics.ts';
import type { MemoryExchange } from './sharing/exchange.ts';
import type { MetricRegistry } from '../protocol/metric-registry.ts';

/** One line for people; `error` is described without secrets. */
export type GatewayLogger = (
  level: 'debug' | 'info' | 'warn',
  message: string,
  error?: unknown,
) => void;

/** What every part of one gateway shares. Lives through reloads. */
export interface GatewayServices {
  readonly clock: Clock;
  readonly random: Random;
  readonly deadlines: Deadlines;
  readonly registry: MetricRegistry;
  readonly metrics: GatewayMetrics;
  readonly seed: number;
  readonly log: GatewayLogger;
  /** With whom the memory of what was sent where is shared; undefined: with nobody. */
  readonly exchange: MemoryExchange | undefined;
}
