import type { AddressInfo, Server } from 'node:net';
import { timerMs } from '../base/clock.ts';
import { hostInUrl, parseHost, redactText } from '../base/origin.ts';
import { type KvcacheError, systemErrorCode } from '../base/errors.ts';
import { netError } from './errors.ts';

export interface ListenAddress {
  /** Undefined binds every interface, as Go's `:8080` does. */
  host: string | undefined;
  /** 0 asks the system for a free port. */
  port: number;
}

/** A server whose connections outlive their requests; `node:http`'s is one. */
export interface ListeningServer extends Server {
  closeIdleConnections(): void;
  closeAllConnections(): void;
}

export interface BoundAddress {
  host: string;
  port: number;
  /** Base URL without a trailing slash that reaches the server from this machine. */
  url: string;
}

/**
 * Listens and tells where. `role` names the server in errors ("mock controller").
 * @throws KvcacheError PORT_TAKEN, PORT_FORBIDDEN or LISTEN_FAILED (kind target)
 */
export function listen(
  server: Server,
  address: ListenAddress,
  role: string,
): Promise<BoundAddress> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => reject(listenError(error, address, role));
    server.once('error', onError);
    server.listen({ port: address.port, ...(address.host && { host: address.host }) }, () => {
      server.off('error', onError);
      const { address: host, port } = server.address() as AddressInfo;
      resolve({ host, port, url: reachableUrl({ host, port }) });
    });
  });
}

/** Base URL by which this machine reaches a server that listens there. */
export function reachableUrl({ host = '', port }: ListenAddress): string {
  return `http://${reachableHost(host)}:${port}`;
}

/** Host part of a URL by which this machine reaches a server bound to `host`. */
export function reachableHost(host: string): string {
  if (host === '0.0.0.0' || host === '::' || host === '') return '127.0.0.1';
  return hostInUrl(host);
}

/**
 * Parses a listen address as Go's `net.Listen` takes it: `:18081`, `127.0.0.1:0`, `[::1]:80`.
 * @throws KvcacheError LISTEN_ADDRESS_INVALID (kind usage)
 */
export function parseListenAddress(text: string, source: string): ListenAddress {
  const [, hostText, port] = /^(\[[^\]]+\]|[^:[\]]*):(\d{1,5})$/.exec(text.trim()) ?? [];
  const host = hostText && parseHost(hostText);
  if (host === undefined || Number(port) > 65_535) {
    const message = `${source} is not a listen address: "${redactText(text)}".`;
    throw netError('LISTEN_ADDRESS_INVALID', { message });
  }
  return { host: host || undefined, port: Number(port) };
}

/**
 * Stops accepting, lets running requests finish, and cuts what is still open after `graceMs`.
 * Returns whether everything finished by itself.
 */
export async function closeGracefully(server: ListeningServer, graceMs: number): Promise<boolean> {
  let isGraceful = true;
  const cut = setTimeout(() => {
    isGraceful = false;
    server.closeAllConnections();
  }, timerMs(graceMs));
  // Connections whose last request ends later become idle then, and would be kept alive.
  const sweep = setInterval(() => server.closeIdleConnections(), 20);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
  clearTimeout(cut);
  clearInterval(sweep);
  return isGraceful;
}

/** PORT_TAKEN, PORT_FORBIDDEN or LISTEN_FAILED (kind target): why `role` cannot listen at `address`. */
export function listenError(error: Error, address: ListenAddress, role: string): KvcacheError {
  const where = `${address.host ?? '*'}:${address.port}`;
  const told = { where, cause: error };
  switch (systemErrorCode(error)) {
    case 'EADDRINUSE':
      return netError('PORT_TAKEN', {
        ...told,
        message: `The ${role} cannot listen on port ${address.port}: another process has it.`,
        remedy: `Stop that process, or give the ${role} another port; 0 takes any free one, as does --ports auto of the run command.`,
      });
    case 'EACCES': {
      const message = `The ${role} may not listen on port ${address.port}.`;
      return netError('PORT_FORBIDDEN', { ...told, message });
    }
    default: {
      const message = `The ${role} cannot listen: ${error.message}.`;
      return netError('LISTEN_FAILED', { ...told, message });
    }
  }
}
