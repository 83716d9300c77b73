import { type Environment, variable } from '../base/environment.ts';
import { hostInUrl, originOf, parseOrigin } from '../base/origin.ts';
import type { ListenAddress } from '../net/listen.ts';

/**
 * A base URL from the environment, without its trailing slash.
 * @throws KvcacheError URL_INVALID (kind usage)
 */
export function baseUrl(env: Environment, name: string): string | undefined {
  const text = variable(env, name);
  return text === undefined ? undefined : parseOrigin(text, name).url;
}

/** Where a server must listen to be reached at `url`. */
export function listenAddressOf(url: string): ListenAddress {
  const { host, port } = originOf(url);
  return { host, port };
}

/** `HOST:PORT` as Go and our mocks read it; without a host it means every interface. */
export function formatListenAddress({ host, port }: ListenAddress): string {
  if (host === undefined) return `:${port}`;
  return `${hostInUrl(host)}:${port}`;
}
