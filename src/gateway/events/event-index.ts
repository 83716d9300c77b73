import type { KvcacheError } from '../../base/errors.ts';
import type { KvEventSourceConfig } from '../../config/gateway-config.ts';
import type { PromptIdentity } from '../../net/controller/driver.ts';
import type { Layout } from '../../protocol/lmcache.ts';
import { eventHoldings } from '../../net/kv-events/event-holdings.ts';
import { type Cluster, isAvailable } from '../balance/cluster.ts';
import { gatewayError } from '../errors.ts';
import { type EventServices, FollowedEngine } from './followed-engine.ts';
import { KvEventMetrics } from './metrics.ts';

/** What the engines hold by their own account: an index of their KV events, by endpoint id. */
export class EventIndex {
  readonly #engines: ReadonlyMap<string, FollowedEngine>;
  readonly #stopMetrics: () => void;

  constructor(sources: readonly KvEventSourceConfig[], services: EventServices) {
    const metrics = new KvEventMetrics(services.registry);
    this.#engines = new Map(
      sources.map((it) => [it.endpointId, new FollowedEngine(it, metrics, services)]),
    );
    this.#stopMetrics = metrics.watch(services.registry, [...this.#engines.values()]);
  }

  /**
   * Who of a cluster holds the prompt. It is exact or it is none: while one engine that could get the request is
   * not heard, nobody can tell whether another is the best.
   * @throws KvcacheError KV_EVENTS_UNHEARD (kind target)
   */
  lookup({ tokens, model }: PromptIdentity, cluster: Cluster, nowMs: number): Layout {
    for (const endpoint of cluster.endpoints) {
      const engine = this.#engines.get(endpoint.config.id);
      if (isAvailable(endpoint, nowMs) && !engine?.isHeard)
        throw unheard(endpoint.config.id, engine);
    }
    const followed = cluster.endpoints.flatMap(({ config: { id } }) => {
      const engine = this.#engines.get(id);
      return engine ? [[id, engine.blocks] as const] : [];
    });
    const ids = JSON.parse(tokens.json) as number[];
    return { shape: 'none', holdings: eventHoldings(followed, { ids, model }) };
  }

  /** What one engine holds. */
  engine(endpointId: string): FollowedEngine | undefined {
    return this.#engines.get(endpointId);
  }

  close(): void {
    this.#stopMetrics();
    for (const engine of this.#engines.values()) engine.close();
  }
}

function unheard(id: string, engine: FollowedEngine | undefined): KvcacheError {
  return gatewayError('KV_EVENTS_UNHEARD', {
    message: engine
      ? `Not all KV events of engine ${id} are known: ${engine.trouble ?? 'some are on their way'}.`
      : `Engine ${id} has no source of KV events.`,
  });
}
