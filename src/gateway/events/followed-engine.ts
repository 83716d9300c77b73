import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { KvEventSourceConfig } from '../../config/gateway-config.ts';
import { openKvEventSource } from '../../net/kv-events/open-kv-events.ts';
import type { MetricRegistry } from '../../protocol/metric-registry.ts';
import type { GatewayLogger } from '../runtime-services.ts';
import { EngineBlocks } from './engine-blocks.ts';
import { EventFollower } from './event-follower.ts';
import type { KvEventMetrics } from './metrics.ts';

export interface EventServices {
  clock: Clock;
  registry: MetricRegistry;
  log: GatewayLogger;
}

/** One engine whose events are followed, from when it is made until it is closed. */
export class FollowedEngine {
  readonly endpointId: string;
  readonly blocks = new EngineBlocks();
  /** What went wrong last, while it does; undefined when nothing is known to. */
  trouble: string | undefined;
  readonly #follower: EventFollower;
  #isClosed = false;

  constructor(
    { endpointId, ...address }: KvEventSourceConfig,
    metrics: KvEventMetrics,
    { clock, log }: Pick<EventServices, 'clock' | 'log'>,
  ) {
    this.endpointId = endpointId;
    const gaps = (outcome: string): void => metrics.gaps.withLabels(endpointId, outcome).inc();
    const events = metrics.events.withLabels(endpointId);
    this.#follower = new EventFollower(clock, {
      onEvent: (event) => {
        events.inc();
        this.blocks.apply(event);
      },
      onForget: (why) => {
        this.blocks.forget();
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
    openKvEventSource(address, this.#follower, clock).then(
      (source) => (this.#isClosed ? source.close() : this.#follower.attach(source)),
      (error: Error) => this.#follower.onDown(error),
    );
  }

  /** Whether all that it told is known. */
  get isHeard(): boolean {
    return this.#follower.isHeard;
  }

  close(): void {
    this.#isClosed = true;
    this.#follower.close();
  }
}

const FORGOTTEN = {
  restarted: 'the engine has restarted; what it held is forgotten',
  lost: 'batches are lost for good; what it held before is forgotten',
} as const;
