import type { KvcacheFilterConfig } from '../../../config/gateway-config.ts';
import { ControllerClient } from '../../../net/controller/controller-client.ts';
import type { DirectoryNames } from '../../../net/controller/coordinator.ts';
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
  const { clock } = services;
  const nowMs = (): number => clock.nowMs();
  const timeoutMs = backgroundTimeoutMs(config, services);
  const metrics = kvcacheMetrics(services.registry);
  const cache = new TokenCache(config.tokenCache, nowMs);
  const tokenizer = createTokenizer(config, services);
  const rootOf = (servedName: string): Promise<string | null> => tokenizer.rootOf(servedName);
  const controller = createController(config, services, { timeoutMs, rootOf });
  const breakerOf = createBreakers(config, services);
  const calls = createCalls({ config, services, controller, breakerOf });
  const source = new PromptTokensSource({
    clock,
    cache,
    tokenizer,
    prefixes: new PrefixTokens(),
    timeoutMs,
  });
  const queue = new BackgroundQueue(BACKGROUND_RUNNING_MAX, BACKGROUND_WAITING_MAX);
  const route = createRoute({ config, services, controller, source, calls });
  const maintenance = new Maintenance({
    strategy: config.strategy,
    queue,
    source,
    cache,
    calls,
    hotWindow: new HotWindow(
      {
        windowMs: config.hotWindowMs,
        recordsMax: config.hotMaxRecords,
        keysMax: config.hotMaxKeys,
      },
      nowMs,
    ),
    loadSignal: new EngineLoadSignal(clock, services.endpointScheme),
    timeoutMs,
    onOperation: (name, outcome) => metrics.operations.withLabels(name, outcome).inc(),
    log: services.log,
  });
  return { metrics, cache, controller, tokenizer, breakerOf, queue, route, maintenance };
}

function backgroundTimeoutMs(config: KvcacheFilterConfig, services: KvcacheServices): number {
  const { managerTimeoutMs } = services;
  return managerTimeoutMs > 0
    ? Math.min(config.requestTimeoutMs, managerTimeoutMs)
    : config.requestTimeoutMs;
}

function createController(
  config: KvcacheFilterConfig,
  { clock, extension }: KvcacheServices,
  { timeoutMs, rootOf }: { timeoutMs: number; rootOf: DirectoryNames['rootOf'] },
): ControllerClient {
  return new ControllerClient({
    baseUrl: config.lmcacheEndpoint,
    clock,
    dialect: extension.controller.dialect,
    detectTimeoutMs: timeoutMs,
    names: { ...extension.controller, rootOf },
    connectionsMax: config.maxConnsPerHost,
  });
}

function createTokenizer(config: KvcacheFilterConfig, services: KvcacheServices): Tokenizer {
  return new Tokenizer({
    clock: services.clock,
    endpoint: config.vllmEndpoint,
    clusters: services.clusters,
    scheme: services.endpointScheme,
    connectionsMax: config.maxConnsPerHost,
    createBreaker: breakerFactory(config, services),
    unsupportedForMs: config.circuitBreaker.recoveryTimeoutMs,
    onTook: (ms) => kvcacheMetrics(services.registry).tokenizeSeconds.observe(ms / 1_000),
  });
}

function breakerFactory(config: KvcacheFilterConfig, services: KvcacheServices): () => Breaker {
  const nowMs = (): number => services.clock.nowMs();
  return () => new Breaker(config.circuitBreaker, nowMs);
}

/** One breaker per operation; Pixiu has one for all four. */
function createBreakers(
  config: KvcacheFilterConfig,
  services: KvcacheServices,
): Record<ControllerOperation, Breaker> {
  const create = breakerFactory(config, services);
  return { lookup: create(), pin: create(), compress: create(), evict: create() };
}

function createCalls(parts: {
  config: KvcacheFilterConfig;
  services: KvcacheServices;
  controller: ControllerClient;
  breakerOf: Record<ControllerOperation, Breaker>;
}): ControllerCalls {
  const { config, services, controller, breakerOf } = parts;
  return new ControllerCalls({
    client: controller,
    clock: services.clock,
    retry: config.retry,
    breakerOf,
    onLookupTook: (ms) => kvcacheMetrics(services.registry).lookupSeconds.observe(ms / 1_000),
  });
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
