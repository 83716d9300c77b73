import { decode, encode } from '@msgpack/msgpack';

/** Undefined members are left out; a bigint takes eight bytes. */
export function encodeMsgpack(value: unknown): Uint8Array {
  return encode(value, { ignoreUndefined: true, useBigInt64: true });
}

/**
 * Integers of 64 bits are bigints, all others numbers.
 * @throws RangeError and the library's DecodeError
 */
export function decodeMsgpack(bytes: Uint8Array): unknown {
  return decode(bytes, { useBigInt64: true });
}
