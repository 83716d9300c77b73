import type { KvcacheFilterConfig } from '../../../config/gateway-config.ts';
import { ControllerClient } from '../../../net/controller/controller-client.ts';
import { BackgroundQueue } from './background-queue.ts';
import { Breaker } from '../../lookup/breaker.ts';
import { ControllerCalls, type ControllerOperation } from '../../lookup/controller-calls.ts';
import { HotWindow } from './hot-window.ts';
import { EngineLoadSignal } from './load-signal.ts';
import { LookupRoute } from '../../policies/lookup-route.ts';
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
  route: LookupRoute;
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
  const connectionsMax = config.maxConnsPerHost;
  const metrics = kvcacheMetrics(services.registry);
  const createBreaker = (): Breaker => new Breaker(config.circuitBreaker, nowMs);
  const cache = new TokenCache(config.tokenCache, nowMs);
  const tokenizer = new Tokenizer({
    clock,
    endpoint: config.vllmEndpoint,
    clusters: services.clusters,
    scheme: endpointScheme,
    connectionsMax,
    createBreaker,
    unsupportedForMs: config.circuitBreaker.recoveryTimeoutMs,
    onTook: (ms) => metrics.tokenizeSeconds.observe(ms / 1_000),
  });
  const controller = new ControllerClient({
    baseUrl: config.lmcacheEndpoint,
    clock,
    dialect: extension.controller.dialect,
    detectTimeoutMs: timeoutMs,
    names: { ...extension.controller, rootOf: (servedName) => tokenizer.rootOf(servedName) },
    connectionsMax,
  });
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
    timeoutMs,
    onOperation: (name, outcome) => metrics.operations.withLabels(name, outcome).inc(),
    log: services.log,
  });
  const route = createRoute({ config, services, controller, source, calls });
  return { metrics, cache, controller, tokenizer, breakerOf, queue, route, maintenance };
}

function backgroundTimeoutMs(config: KvcacheFilterConfig, services: KvcacheServices): number {
  const { managerTimeoutMs } = services;
  return managerTimeoutMs > 0
    ? Math.min(config.requestTimeoutMs, managerTimeoutMs)
    : config.requestTimeoutMs;
}

function createRoute(parts: {
  config: KvcacheFilterConfig;
  services: KvcacheServices;
  controller: ControllerClient;
  source: PromptTokensSource;
  calls: ControllerCalls;
}): LookupRoute {
  const { config, services, controller, source, calls } = parts;
  const { routing } = services.extension;
  return new LookupRoute({
    nowMs: () => services.clock.nowMs(),
    isCoordinator: () => {
      // A gateway that gets nothing but salted prompts would otherwise never ask who its controller is.
      if (controller.dialect === 'unknown') controller.detect().catch(() => {});
      return controller.dialect === 'coordinator';
    },
    source,
    calls,
    tokenizeTimeoutMs: routing.tokenizeTimeoutMs,
    lookupTimeoutMs: routing.lookupTimeoutMs ?? config.lookupRoutingTimeoutMs,
    choice: routing,
  });
}
