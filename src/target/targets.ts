import { parseOrigin } from '../base/origin.ts';
import type { KvEventSourceConfig } from '../config/gateway-config.ts';
import type { Access } from '../net/access.ts';

/** One engine as the harness reaches it. */
export interface EngineTarget {
  /** Endpoint id in the gateway's config; must equal the engine's LMCache instance id. */
  id: string;
  /** Base URL without a trailing slash; may carry user info, so print `redactUrl` of it. */
  url: string;
  /** `host:port`, as gateways name the engine in counters. */
  address: string;
}

/** What the user gave: something to send requests to, and whatever else is known. */
export interface Targets {
  /** Empty when only the gateway can be reached. */
  engines: readonly EngineTarget[];
  controllerUrl: string | null;
  /** Where engines publish their KV events, as far as that was said. */
  kvEvents: readonly KvEventSourceConfig[];
  /** Of a gateway that runs already; null when there is none or we start it. */
  gatewayUrl: string | null;
  /** `auto` until resolved from `/v1/models`. */
  model: string;
  /** To engines and gateway. Its headers are never sent to the controller. */
  access: Access;
  /** Bound on one probe, per call. */
  timeoutMs: number;
  /** Engines behind the gateway, reachable or not; null = as many as are named. */
  replicas: number | null;
  /** Response headers, lower case, by which this gateway names the engine. */
  servedByHeaders: readonly string[];
  /** Request header, lower case, by which this gateway knows a session; null = none named. */
  sessionHeader: string | null;
}

/** How many engines a request can end up on; null when nobody says. */
export function engineCount({
  engines,
  replicas,
}: Pick<Targets, 'engines' | 'replicas'>): number | null {
  return replicas ?? (engines.length === 0 ? null : distinctEndpoints(engines));
}

/**
 * Reads an engine's base URL.
 * @throws KvcacheError URL_INVALID (kind usage)
 */
export function engineTarget(id: string, text: string): EngineTarget {
  const { url, address } = parseOrigin(text, id);
  return { id, url, address };
}

/** Engines with different addresses: two ids at one address are one engine to any router. */
export function distinctEndpoints(engines: readonly EngineTarget[]): number {
  return new Set(engines.map(({ url, address }) => address + new URL(url).pathname)).size;
}
