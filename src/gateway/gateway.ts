import type { Server } from 'node:http';
import { type Clock, systemClock } from '../base/clock.ts';
import { createRandom } from '../base/random.ts';
import type { ExtensionConfig, GatewayConfig, ListenerConfig } from '../config/gateway-config.ts';
import { type BoundAddress, closeGracefully, listen } from '../net/listen.ts';
import { createAdminServer } from './admin/admin-server.ts';
import { Bodies } from './listener/bodies.ts';
import { Deadlines } from './listener/deadlines.ts';
import { drain } from './listener/drain.ts';
import { GatewayMetrics } from './admin/gateway-metrics.ts';
import { Generation } from './generation.ts';
import {
  applyTimeouts,
  createListener,
  type Listener,
  type ListenerState,
} from './listener/listener.ts';
import { createMetricsServer } from './admin/metrics-server.ts';
import { MetricRegistry } from '../protocol/metric-registry.ts';
import type { MetricFamily } from '../protocol/prometheus.ts';
import type { GatewayLogger, GatewayServices } from './runtime-services.ts';
import { type MemoryExchange, together } from './sharing/exchange.ts';
import { sharingMetrics } from './sharing/metrics.ts';
import { StoreExchange } from './sharing/store-exchange.ts';
import { gatewayError } from './errors.ts';

export interface GatewayOptions {
  clock?: Clock;
  /** Seeds every random choice. */
  seed?: number;
  log?: GatewayLogger;
  /** Other processes of this machine that serve the same listeners. */
  peers?: MemoryExchange;
  /** False: the config's metrics port is left to somebody else. */
  opensMetrics?: boolean;
}

export interface RunningListener {
  name: string;
  url: string;
  port: number;
}

export interface RunningGateway {
  /** Base URL of the first listener. */
  readonly url: string;
  readonly listeners: readonly RunningListener[];
  readonly metricsUrl: string | undefined;
  readonly adminUrl: string | undefined;
  /** What its metrics page has, also where it opens none. */
  metrics(): readonly MetricFamily[];
  /**
   * Puts another config in force for new requests; running ones finish under the old one.
   * @throws KvcacheError RELOAD_REFUSED (kind usage) when it needs a restart; nothing has changed then
   */
  reload(config: GatewayConfig): Promise<void>;
  /** Stops accepting, waits as long as the config's shutdown timeout, then cuts what is left. */
  close(): Promise<void>;
}

type OpenListener = RunningListener & Listener;

/**
 * Starts an embedded gateway.
 * @throws KvcacheError of `listen` when an address cannot be had, REDIS_MISSING or REDIS_UNUSABLE; nothing
 * stays open then
 */
export async function startGateway(
  config: GatewayConfig,
  options: GatewayOptions = {},
): Promise<RunningGateway> {
  const clock = options.clock ?? systemClock;
  const log = options.log ?? (() => {});
  const registry = new MetricRegistry();
  const store = await openStore(config.extension, { clock, registry, log });
  const gateway = new Gateway(config, { clock, log, registry, store, ...options });
  try {
    await gateway.open();
  } catch (error) {
    await gateway.close(0);
    throw error;
  }
  return gateway;
}

interface Given extends GatewayOptions {
  clock: Clock;
  log: GatewayLogger;
  registry: MetricRegistry;
  store: StoreExchange | undefined;
}

async function openStore(
  { sharedMemory, routing }: ExtensionConfig,
  services: Pick<GatewayServices, 'clock' | 'registry' | 'log'>,
): Promise<StoreExchange | undefined> {
  if (!sharedMemory) return undefined;
  const metrics = sharingMetrics(services.registry);
  const { ttlMs } = routing.prefixIndex;
  return StoreExchange.open({ config: sharedMemory, ttlMs, metrics, ...services });
}

class Gateway implements RunningGateway {
  readonly #services: GatewayServices;
  readonly #listeners: OpenListener[] = [];
  readonly #sideServers: Server[] = [];
  readonly #bodies = new Bodies();
  readonly #store: StoreExchange | undefined;
  readonly #opensMetrics: boolean;
  #generation: Generation;
  #metricsUrl: string | undefined;
  #adminUrl: string | undefined;

  constructor(config: GatewayConfig, given: Given) {
    const { clock, registry, log, store, peers, seed = 1 } = given;
    this.#store = store;
    this.#opensMetrics = given.opensMetrics ?? true;
    this.#services = {
      clock,
      registry,
      log,
      seed,
      random: createRandom(seed),
      exchange: together([store, peers].filter((it) => it !== undefined)),
      deadlines: new Deadlines(clock),
      metrics: new GatewayMetrics(registry, clock, () => this.#generation.clusters.values()),
    };
    this.#generation = new Generation(config, this.#services);
  }

  get url(): string {
    return this.#listeners[0]!.url;
  }

  get listeners(): readonly RunningListener[] {
    return this.#listeners.map(({ name, url, port }) => ({ name, url, port }));
  }

  get metricsUrl(): string | undefined {
    return this.#metricsUrl;
  }

  metrics(): readonly MetricFamily[] {
    return this.#services.registry.collect();
  }

  get adminUrl(): string | undefined {
    return this.#adminUrl;
  }

  async open(): Promise<void> {
    const { config } = this.#generation;
    for (const listener of config.listeners) await this.#openListener(listener);
    if (config.metricPort !== undefined && this.#opensMetrics) {
      const server = createMetricsServer(() => this.metrics());
      const address = { host: config.extension.metricHost, port: config.metricPort };
      const bound = await this.#openSide(server, address, 'gateway metrics');
      this.#metricsUrl = `${bound.url}/metrics`;
    }
    const { admin } = config.extension;
    if (admin) {
      const server = createAdminServer(() => this.#generation);
      this.#adminUrl = (await this.#openSide(server, admin, 'gateway admin')).url;
    }
  }

  reload(config: GatewayConfig): Promise<void> {
    const previous = this.#generation;
    assertSameSockets(previous.config, config);
    const next = new Generation(config, this.#services, previous);
    this.#generation = next;
    for (const [index, { state, server }] of this.#listeners.entries()) {
      state.generation = next;
      applyTimeouts(server, next.rules[index]!.config, config.extension.limits);
    }
    // The old generation closes by itself with its last request.
    void previous.retire(config.shutdown.timeoutMs);
    return Promise.resolve();
  }

  async close(graceMs = this.#generation.config.shutdown.timeoutMs): Promise<void> {
    const { clock } = this.#services;
    const isQuiet = await Promise.all(this.#listeners.map((it) => drain(it, { clock, graceMs })));
    if (isQuiet.includes(false))
      this.#services.log('warn', 'shutdown: requests still running were cut');
    await Promise.all(this.#sideServers.map((server) => closeGracefully(server, 0)));
    await this.#generation.retire(graceMs);
    await this.#store?.close();
  }

  async #openListener(config: ListenerConfig): Promise<void> {
    const state: ListenerState = {
      index: this.#listeners.length,
      generation: this.#generation,
      isDraining: false,
    };
    const opened = createListener(config, state, {
      ...this.#services,
      bodies: this.#bodies,
    });
    const { url, port } = await listen(opened.server, config.address, 'gateway');
    this.#listeners.push({ name: config.name, url, port, ...opened });
  }

  async #openSide(
    server: Server,
    address: { host: string; port: number },
    role: string,
  ): Promise<BoundAddress> {
    const bound = await listen(server, address, role);
    this.#sideServers.push(server);
    return bound;
  }
}

/** What sockets were opened with; they cannot move without a gap in which connections are refused. */
function socketSettings({ listeners, metricPort, extension }: GatewayConfig): Map<string, unknown> {
  const { limits, admin, metricHost, sharedMemory } = extension;
  const settings = listeners.flatMap(({ address, maxHeaderBytes }, index): [string, unknown][] => [
    [`listeners[${index}] address`, `${address.host} ${address.port}`],
    [`listeners[${index}] max_header_bytes`, maxHeaderBytes],
  ]);
  return new Map([
    ...settings,
    ['metric', metricPort === undefined ? undefined : `${metricHost} ${metricPort}`],
    ['x-kvcache.shared_memory', JSON.stringify(sharedMemory)],
    ['x-kvcache.admin', admin && `${admin.host} ${admin.port}`],
    ['x-kvcache.limits.header_bytes_max', limits.headerBytesMax],
  ]);
}

function assertSameSockets(inForce: GatewayConfig, next: GatewayConfig): void {
  const [old, wanted] = [socketSettings(inForce), socketSettings(next)];
  const names = [...new Set([...old.keys(), ...wanted.keys()])];
  const changed = names.filter((name) => old.get(name) !== wanted.get(name));
  if (changed.length === 0) return;
  const message = `The new config changes what only a restart can: ${changed.join(', ')}.`;
  throw gatewayError('RELOAD_REFUSED', { message });
}
