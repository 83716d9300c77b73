import { netError } from '../errors.ts';
import { type Peer, loadPeer } from '../optional-peer.ts';

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

export const REDIS: Peer = {
  name: '@redis/client',
  version: 5,
  missing: (remedy) => netError('REDIS_MISSING', { remedy }),
  unusable: (told) => netError('REDIS_UNUSABLE', told),
};

/**
 * A client that keeps trying to connect, and fails what is asked of it in the meantime.
 * @param url redis:// or rediss://, with user and password where the server wants them
 * @throws KvcacheError REDIS_MISSING or REDIS_UNUSABLE (kind usage)
 */
export async function openRedis(url: string): Promise<() => RedisClient> {
  const { createClient } = await loadPeer<Module>(
    REDIS,
    (it) => typeof (it as Partial<Module>).createClient === 'function',
  );
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
