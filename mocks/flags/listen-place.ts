import { type ListenAddress, parseListenAddress } from '../../src/net/listen.ts';
import type { OwnFlags } from './rows.ts';

/** What may say where a mock listens, the first that does; 127.0.0.1 where only a port is said. */
export interface ListenPlace {
  /** `addr` is of a single mock only. */
  flags: Pick<OwnFlags, 'addr' | 'portBase'>;
  /** From the port base. */
  offset: number;
  /** Port of the fleet file. */
  planned?: number | undefined;
  env: Readonly<Record<string, string | undefined>>;
  /** Its environment variable; blank counts as unset. */
  variable: string | undefined;
  /** When nothing says. */
  port: number;
}

/** @throws KvcacheError LISTEN_ADDRESS_INVALID (kind usage) */
export function listenPlace(place: ListenPlace): ListenAddress {
  const { flags, offset, planned, env, variable = '', port } = place;
  const host = '127.0.0.1';
  if (flags.addr !== undefined) return parseListenAddress(flags.addr, '--addr');
  if (flags.portBase !== undefined) {
    return { host, port: flags.portBase === 0 ? 0 : flags.portBase + offset };
  }
  if (planned !== undefined) return { host, port: planned };
  const text = env[variable]?.trim();
  return text ? parseListenAddress(text, variable) : { host, port };
}
