import { messageOf } from '../../base/errors.ts';
import {
  findPackage,
  howToInstall,
  importPackage,
  packagePlaces,
} from '../../base/optional-package.ts';
import { netError } from '../errors.ts';

/** As much of a client of npm's `@redis/client` 5 and 6 as we use. */
export interface RedisClient {
  readonly isReady: boolean;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'ready', listener: () => void): unknown;
  connect(): Promise<unknown>;
  /** Rejects at once while there is no connection. */
  sendCommand(args: readonly string[]): Promise<unknown>;
  /** Ends without waiting for anything. */
  destroy(): void;
}

interface Module {
  createClient: (options: object) => RedisClient;
}

const CONNECT_TIMEOUT_MS = 2_000;
const RECONNECT_MS = { first: 50, max: 2_000 };
const COMMANDS_WAITING_MAX = 1_000;

/**
 * A client that keeps trying to connect, and fails what is asked of it in the meantime.
 * @param url redis:// or rediss://, with user and password where the server wants them
 * @throws KvcacheError REDIS_MISSING or REDIS_UNUSABLE (kind usage)
 */
export async function openRedis(url: string): Promise<() => RedisClient> {
  const { createClient } = await loadRedis();
  return () =>
    createClient({
      url,
      RESP: 2,
      disableOfflineQueue: true,
      commandsQueueMaxLength: COMMANDS_WAITING_MAX,
      socket: {
        connectTimeout: CONNECT_TIMEOUT_MS,
        reconnectStrategy: (retries: number) =>
          Math.min(RECONNECT_MS.max, RECONNECT_MS.first * 2 ** Math.min(retries, 10)),
      },
    });
}

async function loadRedis(): Promise<Module> {
  const path = findPackage('@redis/client', packagePlaces());
  if (path === undefined) {
    throw netError('REDIS_MISSING', { remedy: howToInstall('@redis/client@5', 'redis') });
  }
  const module = await importPackage<Module>(path).catch((error: unknown) => {
    throw unusable(path, messageOf(error).split('\n')[0]!, error);
  });
  if (typeof module.createClient === 'function') return module as Module;
  throw unusable(path, 'it is older than version 5');
}

function unusable(where: string, reason: string, cause?: unknown) {
  const message = `The npm package @redis/client cannot be used: ${reason}.`;
  return netError('REDIS_UNUSABLE', { message, where, cause });
}
