import { type Peer, loadPeer } from '../load-peer.ts';

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

const REDIS: Peer = {
  version: 5,
  proof: 'createClient',
  codes: { missing: 'REDIS_MISSING', unusable: 'REDIS_UNUSABLE' },
};
const CONNECT_TIMEOUT_MS = 2_000;
const RECONNECT_MS = { first: 50, max: 2_000 };
const COMMANDS_WAITING_MAX = 1_000;

/**
 * A client that keeps trying to connect, and fails what is asked of it in the meantime.
 * @param url redis:// or rediss://, with user and password where the server wants them
 * @throws KvcacheError REDIS_MISSING or REDIS_UNUSABLE (kind usage)
 */
export async function openRedis(url: string): Promise<() => RedisClient> {
  const { createClient } = await loadPeer<Module>('@redis/client', REDIS);
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
