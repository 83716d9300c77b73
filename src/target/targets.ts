import { KvcacheError } from '../base/errors.ts';
import { redactUrl } from '../base/origin.ts';

/** One engine as the harness reaches it. */
export interface EngineTarget {
  /** Endpoint id in the gateway's config; must equal the engine's LMCache instance id. */
  id: string;
  /** Base URL without a trailing slash; may carry user info, so print `redactUrl` of it. */
  url: string;
  /** `host:port`, as gateways name the engine in counters. */
  address: string;
}

export interface Targets {
  engines: readonly EngineTarget[];
  controllerUrl: string | null;
  /** Empty until resolved from `/v1/models`. */
  model: string;
  /** Bearer token for engines and gateway, never for the controller; null = none. */
  apiKey: string | null;
  /** Bound on one probe, per call. */
  timeoutMs: number;
}

const DEFAULT_PORT: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/**
 * Reads an engine's base URL.
 * @throws KvcacheError URL_INVALID (kind usage)
 */
export function engineTarget(id: string, text: string): EngineTarget {
  const url = parseHttpUrl(text, `engine ${id}`);
  return { id, url: withoutTrailingSlash(url), address: addressOf(url) };
}

/** @throws KvcacheError URL_INVALID (kind usage) naming `what` */
export function parseHttpUrl(text: string, what: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && DEFAULT_PORT[url.protocol] && url.hostname !== '') return url;
  throw new KvcacheError({
    kind: 'usage',
    code: 'URL_INVALID',
    message: `The URL of the ${what} is not an http or https URL: ${redactUrl(text)}.`,
    remedy: 'Write it as http://HOST:PORT.',
  });
}

export function withoutTrailingSlash(url: URL): string {
  return url.href.replace(/\/+$/, '');
}

export function addressOf(url: URL): string {
  return `${url.hostname}:${url.port || DEFAULT_PORT[url.protocol]!}`;
}

/** Engines with different addresses: two ids at one address are one engine to any router. */
export function distinctEndpoints(engines: readonly EngineTarget[]): number {
  return new Set(engines.map((it) => it.address)).size;
}

/** Headers that carry the key; empty without one. */
export function authorization(apiKey: string | null): Record<string, string> {
  return apiKey === null ? {} : { authorization: `Bearer ${apiKey}` };
}
