import type { TokenIds } from '../../kv/token-ids.ts';

/** What a controller can ask of an engine's worker. */
export const WORKER_OPERATIONS = [
  'pin',
  'unpin',
  'clear',
  'compress',
  'decompress',
  'evict',
  'store',
  'resident',
] as const;
export type WorkerOperation = (typeof WORKER_OPERATIONS)[number];

/**
 * Answers how many tokens an operation was about. `ttlMs` is a pin's. An engine's `StoreOperations`
 * qualify, so does an HTTP client.
 */
export type WorkerPort = Readonly<
  Record<
    WorkerOperation,
    (location: string, tokens: TokenIds, ttlMs?: number) => number | Promise<number>
  >
>;

export interface MoveOrder {
  from: { port: WorkerPort; location: string };
  to: { port: WorkerPort; location: string };
  tokens: ArrayLike<number>;
  isCopy: boolean;
}

/**
 * Moves or copies the resident prefix between two stores; the source is kept until the target has
 * it. Returns the tokens that arrived.
 */
export async function movePrefix(order: MoveOrder): Promise<number> {
  const { from, to, tokens, isCopy } = order;
  const held = await from.port.resident(from.location, tokens);
  if (held === 0) return 0;
  const prefix = Array.from({ length: held }, (_, index) => tokens[index]!);
  const arrived = await to.port.store(to.location, prefix);
  if (!isCopy && arrived > 0) await from.port.evict(from.location, prefix.slice(0, arrived));
  return arrived;
}
