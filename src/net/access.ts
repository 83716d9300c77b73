import type { ConnectionOptions } from 'node:tls';

/** Whose certificates are believed; undefined members: as Node does. */
export type TlsTrust = Pick<ConnectionOptions, 'secureContext' | 'rejectUnauthorized'>;

/** How a server lets us in. */
export interface Access {
  /** What every request carries, names in lower case. May hold secrets. */
  headers: Readonly<Record<string, string>>;
  tls?: TlsTrust | undefined;
}

/** @param apiKey sent as bearer token; empty = none */
export function accessBy(apiKey: string): Access {
  return { headers: apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` } };
}
