/** Odd, so that no two hashes become one. */
const SPREAD = 0x9e37_79b9_7f4a_7c15n;

/**
 * A block's hash as the wire has it. Ours are numbers of at most 53 bits; vLLM's use all 64, and a
 * consumer that rounds them to doubles mixes blocks up.
 */
export function wireHash(hash: number): bigint {
  return BigInt.asUintN(64, BigInt(hash) * SPREAD);
}

/** 16 hexadecimal digits: as text it passes JSON readers that know no integers of 64 bits. */
export function hashText(hash: number): string {
  return wireHash(hash).toString(16).padStart(16, '0');
}
