import type { KvcacheFilterConfig } from '../../../config/gateway-config.ts';
import { ControllerClient } from '../../../net/controller/controller-client.ts';
import { BackgroundQueue } from './background-queue.ts';
import { Breaker } from '../../lookup/breaker.ts';
import { ControllerCalls, type ControllerOperation } from '../../lookup/controller-calls.ts';
import { HotWindow } from './hot-window.ts';
import { EngineLoadSignal } from './load-signal.ts';
import type { EventIndex } from '../../events/event-index.ts';
import { acquireEventIndex } from '../../events/shared-index.ts';
import { LookupRoute } from '../../policies/lookup-route.ts';
import type { PolicyTools } from '../../policies/policy.ts';
import { Maintenance } from './maintenance.ts';
import { kvcacheMetrics, type KvcacheMetrics } from './metrics.ts';
import { PrefixTokens } from '../../lookup/prefix-tokens.ts';
import { PromptTokensSource } from '../../lookup/prompt-tokens.ts';
import type { KvcacheServices } from './services.ts';
import { TokenCache } from '../../lookup/token-cache.ts';
import { Tokenizer } from '../../lookup/tokenizer.ts';

/** The filter's parts, put together once per filter instance. */
export interface KvcacheParts {
  metrics: KvcacheMetrics;
  cache: TokenCache;
  controller: ControllerClient;
  tokenizer: Tokenizer;
  breakerOf: Readonly<Record<ControllerOperation, Breaker>>;
  queue: BackgroundQueue;
  /** By the controller, and by the engines' KV events. */
  routes: Pick<PolicyTools, 'lookup' | 'events'>;
  releaseEvents: () => void;
  maintenance: Maintenance;
}

const BACKGROUND_RUNNING_MAX = 32;
const BACKGROUND_WAITING_MAX = 1_000;

/** @throws KvcacheError URL_INVALID (kind usage) */
export function assembleKvcache(
  config: KvcacheFilterConfig,
  services: KvcacheServices,
): KvcacheParts {
  const { clock, extension, endpointScheme } = services;
  const nowMs = (): number => clock.nowMs();
  const timeoutMs = backgroundTimeoutMs(config, services);
  const metrics = kvcacheMetrics(services.registry);
  const createBreaker = (): Breaker => new Breaker(config.circuitBreaker, nowMs);
  const cache = new TokenCache(config.tokenCache, nowMs);
  const tokenizer = createTokenizer(config, services, { metrics, createBreaker });
  const controller = createController(config, services, tokenizer);
  // Pixiu has one for all four.
  const breakerOf = {
    lookup: createBreaker(),
    pin: createBreaker(),
    compress: createBreaker(),
    evict: createBreaker(),
  };
  const calls = new ControllerCalls({
    client: controller,
    clock,
    retry: config.retry,
    breakerOf,
    onLookupTook: (ms) => metrics.lookupSeconds.observe(ms / 1_000),
  });
  const prefixes = new PrefixTokens();
  const source = new PromptTokensSource({ clock, cache, tokenizer, prefixes, timeoutMs });
  const queue = new BackgroundQueue(BACKGROUND_RUNNING_MAX, BACKGROUND_WAITING_MAX);
  const maintenance = new Maintenance({
    strategy: config.strategy,
    queue,
    source,
    cache,
    calls,
    hotWindow: new HotWindow(config, nowMs),
    loadSignal: new EngineLoadSignal(clock, endpointScheme),
    nowMs,
    timeoutMs,
    onOperation: (name, outcome) => metrics.operations.withLabels(name, outcome).inc(),
    log: services.log,
  });
  const { index: events, release: releaseEvents } = acquireEventIndex(
    extension.kvEvents.sources,
    services,
  );
  const routes = createRoutes({ config, services, controller, source, calls, events });
  const own = { cache, controller, tokenizer, queue, maintenance };
  return { ...own, metrics, breakerOf, routes, releaseEvents };
}

function createTokenizer(
  config: KvcacheFilterConfig,
  { clock, clusters, endpointScheme }: KvcacheServices,
  { metrics, createBreaker }: { metrics: KvcacheMetrics; createBreaker: () => Breaker },
): Tokenizer {
  return new Tokenizer({
    clock,
    endpoint: config.vllmEndpoint,
    clusters,
    scheme: endpointScheme,
    connectionsMax: config.maxConnsPerHost,
    createBreaker,
    unsupportedForMs: config.circuitBreaker.recoveryTimeoutMs,
    onTook: (ms) => metrics.tokenizeSeconds.observe(ms / 1_000),
  });
}

function createController(
  config: KvcacheFilterConfig,
  services: KvcacheServices,
  tokenizer: Tokenizer,
): ControllerClient {
  const { controller } = services.extension;
  return new ControllerClient({
    baseUrl: config.lmcacheEndpoint,
    clock: services.clock,
    dialect: controller.dialect,
    detectTimeoutMs: backgroundTimeoutMs(config, services),
    names: { ...controller, rootOf: (servedName) => tokenizer.rootOf(servedName) },
    connectionsMax: config.maxConnsPerHost,
  });
}

function backgroundTimeoutMs(config: KvcacheFilterConfig, services: KvcacheServices): number {
  const { managerTimeoutMs } = services;
  return managerTimeoutMs > 0
    ? Math.min(config.requestTimeoutMs, managerTimeoutMs)
    : config.requestTimeoutMs;
}

function createRoutes(parts: {
  config: KvcacheFilterConfig;
  services: KvcacheServices;
  controller: ControllerClient;
  source: PromptTokensSource;
  calls: ControllerCalls;
  events: EventIndex;
}): KvcacheParts['routes'] {
  const { config, services, controller, source, calls, events } = parts;
  const { routing } = services.extension;
  const nowMs = (): number => services.clock.nowMs();
  const { tokenizeTimeoutMs } = routing;
  const timeoutMs = routing.lookupTimeoutMs ?? config.lookupRoutingTimeoutMs;
  const common = { nowMs, source, tokenizeTimeoutMs, choice: routing };
  return {
    lookup: new LookupRoute({
      ...common,
      knowsSalts: () => {
        // A gateway that gets nothing but salted prompts would otherwise never ask who its controller is.
        if (controller.dialect === 'unknown') controller.detect().catch(() => {});
        return controller.dialect === 'coordinator';
      },
      holdersOf: (prompt) => calls.lookupInPath(prompt, { timeoutMs }),
    }),
    events: new LookupRoute({
      ...common,
      knowsSalts: () => false,
      holdersOf: async (prompt, cluster) => events.lookup(prompt, cluster, nowMs()),
    }),
  };
}
