import { BlockList, isIP } from 'node:net';
import { type Environment, variable } from '../base/environment.ts';
import { originOf } from '../base/origin.ts';
import { targetError } from './errors.ts';

/**
 * A proxy on the way would be measured too, and could not be told from the deployment. So nothing goes
 * through one: where the environment asks for that, the user has to say that it need not.
 * @param urls of everything that is to be reached; null where there is none
 * @throws KvcacheError PROXY_UNSUPPORTED (kind usage)
 */
export function refuseForwardProxy(env: Environment, ...urls: readonly (string | null)[]): void {
  for (const url of urls.filter((it) => it !== null)) {
    const { scheme, host, port } = originOf(url);
    const names = [`${scheme}_proxy`, `${scheme}_proxy`.toUpperCase(), 'all_proxy', 'ALL_PROXY'];
    const name = names.find((it) => variable(env, it) !== undefined);
    if (name === undefined || isLoopback(host) || isExempt({ host, port }, exemptions(env)))
      continue;
    throw targetError('PROXY_UNSUPPORTED', {
      message: `${name} is set and no_proxy does not name ${host}, but no request of kvcache goes through a proxy.`,
      remedy: `Add ${host} to no_proxy to reach it directly, or unset ${name}.`,
    });
  }
}

function exemptions(env: Environment): string[] {
  const text = variable(env, 'no_proxy') ?? variable(env, 'NO_PROXY') ?? '';
  return text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
}

/** As Go has it: no proxy is ever asked for this machine. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** A name stands for its subdomains too, `10.0.0.0/8` for a network, `*` for all. */
function isExempt(
  { host, port }: { host: string; port: number },
  list: readonly string[],
): boolean {
  const name = host.toLowerCase();
  return list.some((entry) => {
    if (entry === '*' || isInNetwork(name, entry)) return true;
    const [, own, ownPort] = /^(.*?)(?::(\d+))?$/.exec(entry)!;
    const suffix = (isIP(entry) === 6 ? entry : own!)
      .replace(/^\*?\./, '')
      .replace(/^\[(.*)\]$/, '$1');
    const isPort = ownPort === undefined || isIP(entry) === 6 || Number(ownPort) === port;
    return isPort && (name === suffix || name.endsWith(`.${suffix}`));
  });
}

function isInNetwork(host: string, entry: string): boolean {
  const [, network, bits] = /^([\da-f.:]+)\/(\d{1,3})$/.exec(entry) ?? [];
  const family = isIP(host);
  if (network === undefined || family === 0 || isIP(network) !== family) return false;
  if (Number(bits) > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  const kind = family === 4 ? 'ipv4' : 'ipv6';
  list.addSubnet(network, Number(bits), kind);
  return list.check(host, kind);
}
