import { isIP } from 'node:net';
import { redactText } from '../../../src/base/origin.ts';
import { type ListenAddress, reachableHost } from '../../../src/net/listen.ts';
import { mockError } from '../../errors.ts';

const ADDRESS = /^tcp:\/\/(\[[^\]]+\]|[^:[\]]+):(\*|\d{1,5})$/;

/**
 * Parses where a ZeroMQ socket shall listen: `tcp://127.0.0.1:5557`, `tcp://[::1]:5557`,
 * `tcp://*:5557` for every interface; port 0 or `*` takes a free one.
 * @throws KvcacheError ZMQ_ADDRESS_INVALID (kind usage)
 */
export function parseZmqAddress(text: string): ListenAddress {
  const [, host = '', port = ''] = ADDRESS.exec(text.trim()) ?? [];
  const number = port === '*' ? 0 : Number(port);
  if (number <= 65_535) {
    if (host === '*') return { host: undefined, port: number };
    // ZeroMQ binds no names.
    if (host === 'localhost') return { host: '127.0.0.1', port: number };
    const ip = host.replace(/^\[(.*)\]$/, '$1');
    if (isIP(ip) !== 0) return { host: ip, port: number };
  }
  const message = `"${redactText(text)}" is no address to publish KV events at.`;
  throw mockError('ZMQ_ADDRESS_INVALID', { message });
}

/** As ZeroMQ's `bind` takes it. */
export function bindText({ host = '*', port }: ListenAddress): string {
  return `tcp://${isIP(host) === 6 ? `[${host}]` : host}:${port === 0 ? '*' : port}`;
}

/** By which this machine reaches the socket that ZeroMQ says is bound there. */
export function reachableEndpoint(lastEndpoint: string): string {
  const { host = '', port } = parseZmqAddress(lastEndpoint);
  return `tcp://${reachableHost(host)}:${port}`;
}
