import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { KvEventSourceConfig } from '../../config/gateway-config.ts';
import type { EngineBlocks } from '../../net/kv-events/engine-blocks.ts';
import { HeardEngine } from '../../net/kv-events/heard-engine.ts';
import type { MetricRegistry } from '../../protocol/metric-registry.ts';
import type { GatewayLogger } from '../runtime-services.ts';
import type { KvEventMetrics } from './metrics.ts';

export interface EventServices {
  clock: Clock;
  registry: MetricRegistry;
  log: GatewayLogger;
}

/** One engine whose events are followed and counted, what goes wrong with them logged. */
export class FollowedEngine {
  readonly endpointId: string;
  /** What went wrong last, while it does; undefined when nothing is known to. */
  trouble: string | undefined;
  readonly #engine: HeardEngine;

  constructor(
    { endpointId, ...address }: KvEventSourceConfig,
    metrics: KvEventMetrics,
    { clock, log }: Pick<EventServices, 'clock' | 'log'>,
  ) {
    this.endpointId = endpointId;
    const gaps = (outcome: string): void => metrics.gaps.withLabels(endpointId, outcome).inc();
    const events = metrics.events.withLabels(endpointId);
    this.#engine = new HeardEngine(address, clock, {
      onEvent: () => events.inc(),
      onForget: (why) => {
        if (why === 'lost') gaps('lost');
        log('warn', `KV events of ${endpointId}: ${FORGOTTEN[why]}`);
      },
      onRefilled: () => gaps('refilled'),
      onHeard: (isHeard, why) => {
        const trouble = isHeard || !why ? undefined : messageOf(why);
        if (trouble !== undefined && trouble !== this.trouble) {
          log('warn', `KV events of ${endpointId} are not heard`, why);
        } else if (isHeard && this.trouble !== undefined) {
          log('info', `KV events of ${endpointId} are heard again`);
        }
        // Between trouble and its end there may be a while of catching up.
        if (isHeard || why) this.trouble = trouble;
      },
    });
  }

  get blocks(): EngineBlocks {
    return this.#engine.blocks;
  }

  /** Whether all that it told is known. */
  get isHeard(): boolean {
    return this.#engine.isHeard;
  }

  close(): void {
    this.#engine.close();
  }
}

const FORGOTTEN = {
  restarted: 'the engine has restarted; what it held is forgotten',
  lost: 'batches are lost for good; what it held before is forgotten',
} as const;
