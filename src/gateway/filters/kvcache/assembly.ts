import { createRandom } from '../../../base/random.ts';
import type { KvcacheFilterConfig } from '../../../config/gateway-config.ts';
import { ControllerClient } from '../../../net/controller/controller-client.ts';
import type { DirectoryNames } from '../../../net/controller/coordinator.ts';
import { chooseEndpoint } from '../../routing/choose.ts';
import { strictChoice } from '../../routing/strict-choice.ts';
import { BackgroundQueue } from './background-queue.ts';
import { type Breaker, CountingBreaker } from './breaker.ts';
import { ControllerCalls, type ControllerOperation } from './controller-calls.ts';
import { everyErrorFails, serverFaultsOnly } from './guarded-call.ts';
import { HotWindow } from './hot-window.ts';
import { EngineLoadSignal, type LoadSignal, strictLoad } from './load-signal.ts';
import { LookupRoute } from './lookup-route.ts';
import { Maintenance } from './maintenance.ts';
import { kvcacheMetrics, type KvcacheMetrics } from './metrics.ts';
import { PrefixTokens } from './prefix-tokens.ts';
import { PromptTokensSource } from './prompt-tokens.ts';
import type { KvcacheServices } from './services.ts';
import { StrictBreaker } from './strict-breaker.ts';
import { TokenCache } from './token-cache.ts';
import { Tokenizer } from './tokenizer.ts';

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
  const { faults } = services.extension;
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
    prefixes: faults.exact_repeat_only === 'fixed' ? new PrefixTokens() : undefined,
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
    loadSignal: createLoadSignal(services),
    timeoutMs,
    reusesLookup: services.extension.compat === 'fixed',
    actsOnServedPrompt: faults.evict_call === 'strict',
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

function createLoadSignal({ clock, endpointScheme, extension }: KvcacheServices): LoadSignal {
  if (extension.faults.load_signal === 'strict') return strictLoad;
  const signal = new EngineLoadSignal(clock, endpointScheme);
  return (cluster) => signal.read(cluster);
}

function createController(
  config: KvcacheFilterConfig,
  { clock, extension }: KvcacheServices,
  { timeoutMs, rootOf }: { timeoutMs: number; rootOf: DirectoryNames['rootOf'] },
): ControllerClient {
  const isStrict = extension.faults.layout_decoding === 'strict';
  return new ControllerClient({
    baseUrl: config.lmcacheEndpoint,
    clock,
    dialect: isStrict ? 'toy' : extension.controller.dialect,
    detectTimeoutMs: timeoutMs,
    names: { ...extension.controller, rootOf },
    connectionsMax: config.maxConnsPerHost,
  });
}

function createTokenizer(config: KvcacheFilterConfig, services: KvcacheServices): Tokenizer {
  const { faults } = services.extension;
  return new Tokenizer({
    clock: services.clock,
    endpoint: config.vllmEndpoint,
    clusters: services.clusters,
    scheme: services.endpointScheme,
    canFallBack: faults.exact_repeat_only === 'fixed',
    connectionsMax: config.maxConnsPerHost,
    createBreaker: breakerFactory(config, services),
    outcomeOf: faults.breaker_accounting === 'strict' ? everyErrorFails : serverFaultsOnly,
    unsupportedForMs: config.circuitBreaker.recoveryTimeoutMs,
    onTook: (ms) => kvcacheMetrics(services.registry).tokenizeSeconds.observe(ms / 1_000),
  });
}

function breakerFactory(config: KvcacheFilterConfig, services: KvcacheServices): () => Breaker {
  const nowMs = (): number => services.clock.nowMs();
  const isStrict = services.extension.faults.breaker_accounting === 'strict';
  return () =>
    isStrict
      ? new StrictBreaker(config.circuitBreaker, nowMs)
      : new CountingBreaker(config.circuitBreaker, nowMs);
}

/** One breaker per operation; Pixiu has one for all four. */
function createBreakers(
  config: KvcacheFilterConfig,
  services: KvcacheServices,
): Record<ControllerOperation, Breaker> {
  const create = breakerFactory(config, services);
  if (services.extension.faults.breaker_accounting === 'strict') {
    const shared = create();
    return { lookup: shared, pin: shared, compress: shared, evict: shared };
  }
  return { lookup: create(), pin: create(), compress: create(), evict: create() };
}

function createCalls(parts: {
  config: KvcacheFilterConfig;
  services: KvcacheServices;
  controller: ControllerClient;
  breakerOf: Record<ControllerOperation, Breaker>;
}): ControllerCalls {
  const { config, services, controller, breakerOf } = parts;
  const isStrict = services.extension.faults.breaker_accounting === 'strict';
  return new ControllerCalls({
    client: controller,
    clock: services.clock,
    retry: config.retry,
    breakerOf,
    outcomeOf: isStrict ? everyErrorFails : serverFaultsOnly,
    waitsOutBudget: isStrict,
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
  const { routing, faults } = services.extension;
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
    tokenizesInPath: faults.exact_repeat_only === 'fixed',
    choice: routing,
    choose:
      faults.tie_break === 'strict' ? strictChoice(createRandom(services.seed)) : chooseEndpoint,
  });
}
