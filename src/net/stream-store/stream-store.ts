import type { RedisClient } from './load-redis.ts';

/** One entry of a stream. */
export interface StreamEntry {
  /** `MILLISECONDS-SEQUENCE`, by the store's clock. */
  id: string;
  fields: Readonly<Record<string, string>>;
}

export interface StreamOptions {
  key: string;
  /** The store forgets older entries, about. */
  entriesMax: number;
}

const BLOCK_MS = 1_000;
const READ_MAX = 256;

/**
 * Appends to one stream of a Valkey or Redis server.
 * Commands: XADD with MAXLEN ~ (Redis 5.0), https://valkey.io/commands/xadd/.
 */
export async function append(
  client: RedisClient,
  { key, entriesMax }: StreamOptions,
  fields: Readonly<Record<string, string>>,
): Promise<void> {
  const pairs = Object.entries(fields).flat();
  await client.sendCommand(['XADD', key, 'MAXLEN', '~', String(entriesMax), '*', ...pairs]);
}

/** Milliseconds since the epoch by the store's clock, of which entries take their ids. */
export async function storeTimeMs(client: RedisClient): Promise<number> {
  const reply = await client.sendCommand(['TIME']);
  const [seconds] = Array.isArray(reply) ? reply : [];
  return Number(seconds) * 1_000;
}

/** What came after `id`, waiting for up to a second where nothing has. Unreadable entries are left out. */
export async function readAfter(
  client: RedisClient,
  key: string,
  id: string,
): Promise<StreamEntry[]> {
  const count = String(READ_MAX);
  const block = String(BLOCK_MS);
  const command = ['XREAD', 'COUNT', count, 'BLOCK', block, 'STREAMS', key, id];
  const reply = await client.sendCommand(command);
  const [stream] = Array.isArray(reply) ? (reply as unknown[]) : [];
  const [, entries] = Array.isArray(stream) ? (stream as unknown[]) : [];
  return Array.isArray(entries) ? (entries as unknown[]).flatMap(entryOf) : [];
}

function entryOf(raw: unknown): StreamEntry[] {
  const [id, list] = Array.isArray(raw) ? (raw as unknown[]) : [];
  if (typeof id !== 'string' || !Array.isArray(list)) return [];
  const fields: Record<string, string> = {};
  for (let at = 0; at + 1 < list.length; at += 2) fields[String(list[at])] = String(list[at + 1]);
  return [{ id, fields }];
}
