import { hash32 } from '../../base/random.ts';

/** All tokens of a prompt up to a block's end, and what else counts, as one number of 53 bits. */
export type ChainKey = number;

const LOW_RANGE = 2 ** 32;
const HIGH_MASK = 0x1f_ffff;

/** Where prompts of one adapter begin; the base model has no name. */
export function rootKey(adapter: string): ChainKey {
  return keyOf(hash32(adapter, 1) & HIGH_MASK, hash32(adapter, 2));
}

/**
 * The key after some more tokens. The same tokens make the same key however they are cut, so that
 * tiers with blocks of other sizes can be compared.
 * @param extra what else went into the hash of the block; empty for nothing
 */
export function extendKey(
  key: ChainKey,
  tokens: readonly number[],
  { start, end, extra = '' }: { start: number; end: number; extra?: string },
): ChainKey {
  let low = (key % LOW_RANGE) | 0;
  let high = Math.floor(key / LOW_RANGE);
  if (extra !== '') {
    low ^= hash32(extra, 3);
    high ^= hash32(extra, 4) & HIGH_MASK;
  }
  for (let at = start; at < end; at++) {
    const token = tokens[at]!;
    low = Math.imul(low ^ token, 0x9e3779b1);
    low ^= low >>> 15;
    high = Math.imul(high + token, 0x85ebca77);
    high = (high ^ (high >>> 13)) & HIGH_MASK;
  }
  return keyOf(high, low);
}

function keyOf(high: number, low: number): ChainKey {
  return high * LOW_RANGE + (low >>> 0);
}

/** A prompt's keys at the ends of its blocks, for each size of block that somebody asks for. */
export class PromptChain {
  readonly #tokens: readonly number[];
  readonly #root: ChainKey;
  readonly #keys = new Map<number, readonly ChainKey[]>();

  constructor(tokens: readonly number[], adapter: string) {
    this.#tokens = tokens;
    this.#root = rootKey(adapter);
  }

  /** Of every whole block; the last token never counts, since an engine has to compute one. */
  keys(blockSize: number): readonly ChainKey[] {
    let keys = this.#keys.get(blockSize);
    if (!keys) this.#keys.set(blockSize, (keys = this.#keysOf(blockSize)));
    return keys;
  }

  #keysOf(blockSize: number): ChainKey[] {
    const keys: ChainKey[] = [];
    let key = this.#root;
    for (let start = 0; start + blockSize < this.#tokens.length; start += blockSize) {
      key = extendKey(key, this.#tokens, { start, end: start + blockSize });
      keys.push(key);
    }
    return keys;
  }
}
