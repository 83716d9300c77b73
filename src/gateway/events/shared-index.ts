import type { KvEventSourceConfig } from '../../config/gateway-config.ts';
import type { MetricRegistry } from '../../protocol/metric-registry.ts';
import { EventIndex } from './event-index.ts';
import type { EventServices } from './followed-engine.ts';

interface Shared {
  key: string;
  index: EventIndex;
  users: number;
}

const sharedOfRegistry = new WeakMap<MetricRegistry, Shared>();

/**
 * The index shared by all filters of one registry. A reload that leaves the sources alone goes on with it: what an engine
 * told long ago it does not tell again. The last to release it closes it.
 */
export function acquireEventIndex(
  sources: readonly KvEventSourceConfig[],
  services: EventServices,
): { index: EventIndex; release: () => void } {
  const key = JSON.stringify(sources);
  let shared = sharedOfRegistry.get(services.registry);
  if (shared?.key !== key || shared.users === 0) {
    shared = { key, index: new EventIndex(sources, services), users: 0 };
    sharedOfRegistry.set(services.registry, shared);
  }
  const { index } = shared;
  const mine = shared;
  mine.users++;
  let isReleased = false;
  return {
    index,
    release: () => {
      if (isReleased) return;
      isReleased = true;
      if (--mine.users === 0) index.close();
    },
  };
}
