import { createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf } from '../../base/errors.ts';
import { packageRoot } from '../../base/package-root.ts';
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

/** Where the package may lie: with whoever uses us, or beside ourselves. */
const places = (): string[] => [join(process.cwd(), 'package.json'), import.meta.url];

/**
 * Loads npm's `zeromq`, which is native and therefore no dependency of ours.
 * @throws KvcacheError ZEROMQ_MISSING or ZEROMQ_UNUSABLE (kind usage)
 */
export async function loadZeromq(from: readonly string[] = places()): Promise<Zeromq> {
  const path = from.map(resolveFrom).find((found) => found !== undefined);
  if (path === undefined) {
    throw netError('ZEROMQ_MISSING', { remedy: howToInstall() });
  }
  try {
    const { default: module } = (await import(pathToFileURL(path).href)) as { default: Zeromq };
    if (typeof module.Publisher === 'function') return module;
  } catch (error) {
    throw unusable(path, messageOf(error).split('\n')[0]!, error);
  }
  throw unusable(path, 'it is older than version 6');
}

/**
 * Inside our own checkout npm takes the optional peer for settled and installs nothing, so that there it
 * has to lie elsewhere.
 * @param cwd where npm would be called
 */
export function howToInstall(cwd = process.cwd()): string {
  const isOurs = !relative(packageRoot(), cwd).startsWith('..');
  return isOurs
    ? 'In a checkout of kvcache npm leaves it out: npm install --prefix ~/zeromq zeromq@6, then set NODE_PATH=~/zeromq/node_modules.'
    : 'npm install zeromq@6';
}

function resolveFrom(place: string): string | undefined {
  try {
    return createRequire(place).resolve('zeromq');
  } catch {
    return undefined;
  }
}

function unusable(where: string, reason: string, cause?: unknown) {
  const message = `The npm package zeromq cannot be used: ${reason}.`;
  return netError('ZEROMQ_UNUSABLE', { message, where, cause });
}
