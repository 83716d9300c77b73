import { withoutBrackets } from '../../base/origin.ts';
import type { Clock } from '../../base/clock.ts';
import type { HealthCheckConfig } from '../../config/gateway-config.ts';
import { callHttp } from '../../net/call.ts';
import { acceptsTcp } from '../../net/tcp-probe.ts';
import type { Cluster, Endpoint } from './cluster.ts';
import type { GatewayLogger } from '../runtime-services.ts';

export interface HealthServices {
  clock: Clock;
  log: GatewayLogger;
}

/** Checks every endpoint of the cluster until the returned function is called. */
export function watchHealth(cluster: Cluster, services: HealthServices): () => void {
  const { healthCheck } = cluster.config;
  if (!healthCheck) return () => {};
  const watches = cluster.endpoints.map((it) => new HealthWatch(it, healthCheck, services));
  return () => {
    for (const watch of watches) watch.stop();
  };
}

/** Looks at one endpoint again and again, never twice at a time. */
class HealthWatch {
  readonly #endpoint: Endpoint;
  readonly #config: HealthCheckConfig;
  readonly #services: HealthServices;
  readonly #abort = new AbortController();
  /** Results in a row that contradict the state in force. */
  #contradictions = 0;
  #cancel: () => void;

  constructor(endpoint: Endpoint, config: HealthCheckConfig, services: HealthServices) {
    this.#endpoint = endpoint;
    this.#config = config;
    this.#services = services;
    this.#cancel = this.#in(config.initialDelayMs);
  }

  stop(): void {
    this.#abort.abort();
    this.#cancel();
  }

  #in(delayMs: number): () => void {
    const { clock } = this.#services;
    return clock.at(clock.nowMs() + delayMs, () => void this.#check());
  }

  async #check(): Promise<void> {
    const isUp = await this.#probe();
    if (this.#abort.signal.aborted) return;
    this.#note(isUp);
    this.#cancel = this.#in(this.#config.intervalMs);
  }

  async #probe(): Promise<boolean> {
    const { host, port } = this.#endpoint.config;
    const { protocol, path, timeoutMs } = this.#config;
    if (protocol === 'tcp') return acceptsTcp(withoutBrackets(host), port, timeoutMs);
    try {
      const url = `${protocol}://${this.#endpoint.address}${path}`;
      const { status } = await callHttp({ url, timeoutMs, signal: this.#abort.signal });
      return status >= 200 && status < 400;
    } catch {
      return false;
    }
  }

  #note(isUp: boolean): void {
    const endpoint = this.#endpoint;
    if (isUp === endpoint.isHealthy) {
      this.#contradictions = 0;
      return;
    }
    this.#contradictions += 1;
    const { healthyThreshold, unhealthyThreshold } = this.#config;
    const needed = isUp ? healthyThreshold : unhealthyThreshold;
    if (this.#contradictions < needed) return;
    endpoint.isHealthy = isUp;
    this.#contradictions = 0;
    const state = isUp ? 'healthy again' : 'unhealthy: its checks fail';
    this.#services.log('warn', `endpoint ${endpoint.config.id} (${endpoint.address}) is ${state}`);
  }
}
