import { KvcacheError } from '../base/errors.ts';
import type { ListenAddress } from '../net/listen.ts';
import type { Environment } from './options.ts';

/** A variable's value; blank counts as unset, as in the sample. */
export function variable(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}

/**
 * A base URL from the environment, without its trailing slash.
 * @throws KvcacheError URL_INVALID (kind usage)
 */
export function baseUrl(env: Environment, name: string): string | undefined {
  const text = variable(env, name);
  return text === undefined ? undefined : parseBaseUrl(text, name);
}

/**
 * @param source names the flag or variable in the error
 * @throws KvcacheError URL_INVALID (kind usage)
 */
export function parseBaseUrl(text: string, source: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (
    url === undefined ||
    !/^https?:$/.test(url.protocol) ||
    url.search !== '' ||
    url.hash !== ''
  ) {
    throw new KvcacheError({
      kind: 'usage',
      code: 'URL_INVALID',
      message: `${source} is not a base URL.`,
      remedy: 'Write scheme, host and port, for example http://127.0.0.1:18888.',
    });
  }
  return url.href.replace(/\/+$/, '');
}

/** Where a server must listen to be reached at `url`. */
export function listenAddressOf(url: string): ListenAddress {
  const { hostname, port, protocol } = new URL(url);
  const defaultPort = protocol === 'https:' ? 443 : 80;
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? defaultPort : Number(port) };
}

/** `HOST:PORT` as Go and our mocks read it; without a host it means every interface. */
export function formatListenAddress({ host, port }: ListenAddress): string {
  if (host === undefined) return `:${port}`;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
