import { type Peer, loadPeer } from '../load-peer.ts';

type Frame = Uint8Array | string;

interface Socket {
  readonly lastEndpoint: string | null;
  readonly events: { on(event: 'handshake' | 'disconnect', listener: () => void): void };
  bind(address: string): Promise<void>;
  connect(address: string): void;
  close(): void;
}

interface Sends {
  send(frames: readonly Frame[]): Promise<void>;
}

type Receives = AsyncIterable<Buffer[]>;

/** As much of npm's `zeromq` 6 as we use. */
export interface Zeromq {
  Publisher: new (options: object) => Socket & Sends;
  Router: new (options: object) => Socket & Sends & Receives;
  Subscriber: new (options: object) => Socket & Receives & { subscribe(topic: string): void };
  Dealer: new (options: object) => Socket & Sends & Receives;
}

export type ZmqPublisherSocket = InstanceType<Zeromq['Publisher']>;
export type ZmqRouterSocket = InstanceType<Zeromq['Router']>;

const ZEROMQ: Peer = {
  version: 6,
  proof: 'Publisher',
  codes: { missing: 'ZEROMQ_MISSING', unusable: 'ZEROMQ_UNUSABLE' },
};

/**
 * Loads npm's `zeromq`, which is native and therefore no dependency of ours.
 * @throws KvcacheError ZEROMQ_MISSING or ZEROMQ_UNUSABLE (kind usage)
 */
export function loadZeromq(from?: readonly string[]): Promise<Zeromq> {
  return loadPeer<Zeromq>('zeromq', ZEROMQ, from);
}
