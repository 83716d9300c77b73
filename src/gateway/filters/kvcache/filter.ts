import type { KvcacheFilterConfig } from '../../../config/gateway-config.ts';
import type { Filter } from '../../listener/context.ts';
import { assembleKvcache, type KvcacheParts } from './assembly.ts';
import { explain, explainOff, type Explanation } from './explain.ts';
import type { KvcacheState } from './metrics.ts';
import type { RoutingRequest } from '../../policies/policy.ts';
import { Decider } from './decider.ts';
import type { KvcacheServices } from './services.ts';

export interface KvcacheFilter {
  filter: Filter;
  /** What would be decided for a request and why. Sends nothing but /tokenize and /lookup. */
  explain(request: RoutingRequest): Promise<Explanation>;
  /** Waits for background work up to the grace time, then cuts connections. */
  close(graceMs: number): Promise<void>;
}

/**
 * The routing filter: decides which endpoint should get a request, and keeps the caches in shape
 * afterwards. A failure of tokenizer or controller never fails a request.
 * @throws KvcacheError URL_INVALID (kind usage) for an endpoint that is no URL
 */
export function createKvcacheFilter(
  config: KvcacheFilterConfig,
  services: KvcacheServices,
): KvcacheFilter {
  if (!config.enabled) return switchedOff();
  const parts = assembleKvcache(config, services);
  const decider = new Decider(config, services, parts);
  parts.controller.detect().catch(() => {
    // Told again, with its reason, by the first lookup.
  });
  const removeState = parts.metrics.watch(() => stateOf(parts));
  return {
    filter: async (context, next) => {
      context.decision = await decider.decide(context);
      await next();
    },
    explain: async (request) =>
      explain(await decider.inspect(request), request, {
        dialect: parts.controller.dialect,
        choice: services.extension.routing,
        nowMs: services.clock.nowMs(),
      }),
    async close(graceMs) {
      removeState();
      parts.releaseEvents();
      await parts.queue.close(graceMs);
      await Promise.all([parts.controller.close(), parts.tokenizer.close()]);
    },
  };
}

function switchedOff(): KvcacheFilter {
  return {
    filter: (_context, next) => next(),
    explain: () => Promise.resolve(explainOff()),
    close: async () => {},
  };
}

function stateOf({ cache, queue, breakerOf, tokenizer }: KvcacheParts): KvcacheState {
  return {
    cacheEntries: cache.size,
    cacheBytes: cache.bytes,
    cacheHits: cache.hits,
    cacheMisses: cache.misses,
    queueSize: queue.size,
    queueDropped: queue.dropped,
    breakers: {
      tokenize: tokenizer.breaker.state,
      lookup: breakerOf.lookup.state,
      pin: breakerOf.pin.state,
      compress: breakerOf.compress.state,
      evict: breakerOf.evict.state,
    },
  };
}
