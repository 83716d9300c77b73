import { encodeMsgpack } from '../../../src/protocol/msgpack.ts';
import type { KvEventDialect } from '../wire/vllm-version.ts';
import type { KvEventBatch } from './kv-event-stream.ts';
import { withHashes } from './wire-event.ts';
import { wireHash } from './wire-hash.ts';

/** Msgpack's "array of three" and "64-bit float follows". */
const ARRAY_OF_3 = 0x93;
const FLOAT_64 = 0xcb;

/** Data-parallel rank 0. */
const RANK = Buffer.from([0]);

/**
 * The payload vLLM's msgspec encoder writes, byte for byte: `[ts, events, data_parallel_rank]`, a
 * positional array in every version; the dialect decides how the events in it look.
 */
export function encodeBatch(
  { ts, event }: KvEventBatch,
  shape: KvEventDialect['shape'],
): Uint8Array {
  // By hand: the library writes a whole number of seconds as an integer, Python's float never is one.
  const head = Buffer.alloc(10);
  head[0] = ARRAY_OF_3;
  head[1] = FLOAT_64;
  head.writeDoubleBE(ts, 2);
  const hashed = withHashes(event, shortest);
  const told = shape === 'array' ? Object.values(hashed) : hashed;
  const events = encodeMsgpack([told]);
  return Buffer.concat([head, events, RANK]);
}

/** The library gives every bigint eight bytes; msgspec gives small integers fewer. */
function shortest(hash: number): bigint | number {
  const told = wireHash(hash);
  return told <= 0xffff_ffffn ? Number(told) : told;
}
