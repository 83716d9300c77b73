import { messageOf } from '../../base/errors.ts';
import {
  findPackage,
  howToInstall,
  importPackage,
  packagePlaces,
} from '../../base/optional-package.ts';
import { netError } from '../errors.ts';

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

/**
 * Loads npm's `zeromq`, which is native and therefore no dependency of ours.
 * @throws KvcacheError ZEROMQ_MISSING or ZEROMQ_UNUSABLE (kind usage)
 */
export async function loadZeromq(from: readonly string[] = packagePlaces()): Promise<Zeromq> {
  const path = findPackage('zeromq', from);
  if (path === undefined) {
    throw netError('ZEROMQ_MISSING', { remedy: howToInstall('zeromq@6', 'zeromq') });
  }
  const module = await importPackage<Zeromq>(path).catch((error: unknown) => {
    throw unusable(path, messageOf(error).split('\n')[0]!, error);
  });
  if (typeof module.Publisher === 'function') return module as Zeromq;
  throw unusable(path, 'it is older than version 6');
}

function unusable(where: string, reason: string, cause?: unknown) {
  const message = `The npm package zeromq cannot be used: ${reason}.`;
  return netError('ZEROMQ_UNUSABLE', { message, where, cause });
}
