import type { KvcacheError } from '../base/errors.ts';
import { isRecord } from '../base/json.ts';
import { protocolError } from './errors.ts';

/** Full blocks became findable, parents first. Hashes are the engine's own, as hexadecimal text. */
export interface BlocksStored {
  type: 'stored';
  /** Medium and, where there are several, KV cache group: `GPU`, `CPU`. */
  tier: string;
  hashes: readonly string[];
  /** Of the block before the first one; null at the start of a prompt. */
  parentHash: string | null;
  /** Tokens of all the blocks, in order. */
  tokens: readonly number[];
  blockSize: number;
  /** Name of the LoRA adapter; empty for the base model. */
  adapter: string;
  /** Per block what else went into its hash, such as salt and images; empty text for nothing. */
  extraKeys: readonly string[];
}

export interface BlocksRemoved {
  type: 'removed';
  tier: string;
  hashes: readonly string[];
}

/** What a prefix cache tells the world; `cleared` is about the device's blocks only. */
export type KvEvent = BlocksStored | BlocksRemoved | { type: 'cleared' };

/** What an engine published at once. */
export interface KvEventBatch {
  /** Counts up by one from 0, from the engine's start. */
  seq: number;
  /** Unix seconds, by the engine's clock. */
  ts: number;
  events: readonly KvEvent[];
}

/** vLLM's word for the device in events that name no medium, as before 0.10.2. */
export const DEVICE_MEDIUM = 'GPU';

/** Members in the order of vLLM's positional arrays, up to 0.23 (vllm/distributed/kv_events.py). */
const POSITIONS: Readonly<Record<string, readonly string[]>> = {
  BlockStored: [
    'type',
    'block_hashes',
    'parent_block_hash',
    'token_ids',
    'block_size',
    'lora_id',
    'medium',
    'lora_name',
    'extra_keys',
    'group_idx',
    'kv_cache_spec_kind',
  ],
  BlockRemoved: ['type', 'block_hashes', 'medium', 'group_idx'],
  AllBlocksCleared: ['type'],
};

/**
 * Reads a batch as any vLLM from 0.9 on encodes it: msgpack's `[ts, events, rank]`, or the same as a
 * map over SSE; events as positional arrays or as maps. Events of kinds unknown are left out.
 * @param seq its number, which stands outside of it
 * @throws KvcacheError KV_EVENTS_INVALID (kind target)
 */
export function readKvEventBatch(seq: number, payload: unknown): KvEventBatch {
  const [ts, events] = Array.isArray(payload)
    ? (payload as unknown[])
    : isRecord(payload)
      ? [payload['ts'], payload['events']]
      : [];
  if (typeof ts !== 'number' || !Array.isArray(events)) throw invalid('no [ts, events]');
  return { seq, ts, events: events.flatMap((event) => readEvent(membersOf(event)) ?? []) };
}

function membersOf(event: unknown): Readonly<Record<string, unknown>> {
  if (isRecord(event)) return event;
  const values: unknown[] = Array.isArray(event) ? event : [];
  const names = POSITIONS[String(values[0])] ?? [];
  return Object.fromEntries(names.map((name, at) => [name, values[at]]));
}

function readEvent(event: Readonly<Record<string, unknown>>): KvEvent | undefined {
  switch (event['type']) {
    case 'BlockStored':
      return isWholePrefix(event) ? readStored(event) : undefined;
    case 'BlockRemoved':
      return { type: 'removed', tier: tierOf(event), hashes: hashesOf(event['block_hashes']) };
    case 'AllBlocksCleared':
      return { type: 'cleared' };
    default:
      return undefined;
  }
}

/** Blocks of layers that attend to a window only say nothing of a whole prefix. */
function isWholePrefix({ kv_cache_spec_kind: kind }: Readonly<Record<string, unknown>>): boolean {
  return typeof kind !== 'string' || /full|mla/.test(kind);
}

function readStored(event: Readonly<Record<string, unknown>>): BlocksStored {
  const hashes = hashesOf(event['block_hashes']);
  const { token_ids: tokens, block_size: blockSize, parent_block_hash: parent } = event;
  const isWhole = Array.isArray(tokens) && Number.isInteger(blockSize) && (blockSize as number) > 0;
  if (!isWhole || tokens.length !== hashes.length * (blockSize as number)) {
    throw invalid('BlockStored whose token_ids do not fill its blocks');
  }
  const { lora_name: name, lora_id: id, extra_keys: keys } = event;
  const adapter = [name, id].find((it) => it !== null && it !== undefined);
  const ofAdapter = new Set([name, id]);
  return {
    type: 'stored',
    tier: tierOf(event),
    hashes,
    parentHash: parent === null || parent === undefined ? null : hashOf(parent),
    tokens: tokens as number[],
    blockSize: blockSize as number,
    adapter: adapter === undefined ? '' : textOf(adapter),
    extraKeys: hashes.map((_, at) =>
      extrasOf(Array.isArray(keys) ? (keys as unknown[])[at] : undefined, ofAdapter),
    ),
  };
}

/** The adapter stands among the keys too, and is known by its name. */
function extrasOf(keys: unknown, ofAdapter: ReadonlySet<unknown>): string {
  if (!Array.isArray(keys)) return '';
  return keys
    .filter((key) => !ofAdapter.has(key))
    .map(textOf)
    .join('\0');
}

function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return typeof value === 'string' ? value : JSON.stringify(value, bigintsAsText);
}

function bigintsAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

function tierOf({ medium, group_idx: group }: Readonly<Record<string, unknown>>): string {
  const name = typeof medium === 'string' ? medium : DEVICE_MEDIUM;
  return typeof group === 'number' && group > 0 ? `${name}/${group}` : name;
}

function hashesOf(value: unknown): string[] {
  if (!Array.isArray(value)) throw invalid('no block_hashes');
  return value.map(hashOf);
}

/** An integer of 64 bits, some bytes, or over JSON a text. */
function hashOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) {
    return BigInt.asUintN(64, BigInt(value as bigint | number))
      .toString(16)
      .padStart(16, '0');
  }
  throw invalid('a block hash that is neither number nor bytes');
}

function invalid(what: string): KvcacheError {
  return protocolError('KV_EVENTS_INVALID', {
    message: `A batch of KV events is none of vLLM's: ${what}.`,
  });
}
