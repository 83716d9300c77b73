import { hash32 } from '../../src/base/random.ts';
import { numbersFor } from './numbers-for.ts';
import { tokenRun, widerRun } from './token-buffer.ts';
import type { TokenIds } from './token-ids.ts';

/** What must be equal, besides the tokens, for two prompts to share cached blocks. */
export interface ChainIdentity {
  model?: string | undefined;
  loraName?: string | undefined;
  cacheSalt?: string | undefined;
  /** Stands for PYTHONHASHSEED and the hash algorithm: unequal seeds never match. Default 0. */
  hashSeed?: number | undefined;
}

/** Seed of a chain: one 32-bit number for everything in the identity. */
export function chainSeed(identity: ChainIdentity): number {
  const { model = '', loraName = '', cacheSalt = '', hashSeed = 0 } = identity;
  return hash32(`${model}\0${loraName}\0${cacheSalt}`, hashSeed);
}

/** Tokens a chain can grow by before its storage does; most answers are shorter. */
const HEADROOM = 128;

const NO_HASHES: number[] = [];

/**
 * Token ids with the chained hashes of their full blocks: h_i = H(h_(i−1), tokens of block i).
 * The state is two 32-bit words mixed per token; a block's identity is that state folded to 53
 * bits, so it fits a number exactly. Hashes are computed when first asked for.
 */
export class TokenChain {
  readonly blockSize: number;
  readonly seed: number;
  /** What the seed was made of, for those who name blocks otherwise. */
  isolation: Pick<ChainIdentity, 'loraName' | 'cacheSalt'> | undefined;
  #tokens: Uint32Array;
  #length: number;
  #hashes: number[] = NO_HASHES;
  /** Full blocks hashed so far. */
  #hashed = 0;
  #low: number;
  #high: number;

  /** A typed array is used as it is, not copied: leave it alone afterwards. */
  constructor(tokens: TokenIds, blockSize: number, seed: number) {
    this.blockSize = blockSize;
    this.seed = seed;
    this.#tokens = tokens instanceof Uint32Array ? tokens : copyWithHeadroom(tokens);
    this.#length = tokens.length;
    // Chains of other block sizes must never meet, not even where their blocks end together.
    const start = seed ^ Math.imul(blockSize, 0x27d4eb2f);
    this.#low = (start ^ 0x9e3779b9) | 0;
    this.#high = (start ^ 0x85ebca6b) | 0;
  }

  /** The tokens of this chain so far under other blocks and another seed, without copying them. */
  rechained(blockSize: number, seed: number): TokenChain {
    const chain = new TokenChain(this.#tokens, blockSize, seed);
    chain.#length = this.#length;
    return chain;
  }

  /** The same so far, hashes included, to go on by itself. */
  forked(): TokenChain {
    const chain = this.rechained(this.blockSize, this.seed);
    chain.#hashes = this.#hashes.slice();
    chain.#hashed = this.#hashed;
    [chain.#low, chain.#high] = [this.#low, this.#high];
    return chain;
  }

  /** Tokens held. */
  get length(): number {
    return this.#length;
  }

  get fullBlocks(): number {
    return Math.floor(this.#length / this.blockSize);
  }

  /** A view, valid until the next `append`. */
  get tokens(): Uint32Array {
    return this.#tokens.subarray(0, this.#length);
  }

  /** Copies block `index` (or the tail) to `into` at `offset`. */
  copyBlock(index: number, into: Uint32Array, offset: number): void {
    const tokens = this.#tokens;
    const start = index * this.blockSize;
    const end = Math.min(start + this.blockSize, this.#length);
    for (let from = start, to = offset; from < end; from++, to++) into[to] = tokens[from]!;
  }

  /** Appends so many of the tokens, from one of them on. */
  append(tokens: TokenIds, from: number, count: number): void {
    this.#reserve(count);
    for (let index = 0; index < count; index++) {
      this.#tokens[this.#length + index] = tokens[from + index]!;
    }
    this.#length += count;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#tokens.length) return;
    const wider = this.#length + Math.max(HEADROOM, this.#length >> 1);
    this.#tokens = widerRun(this.#tokens, Math.max(needed, wider));
  }

  /** Identity of full block `index`: a positive integer below 2^53. */
  hash(index: number): number {
    if (this.#hashed <= index) this.#hashUpTo(index);
    return this.#hashes[index]!;
  }

  /** Identity of the tokens after the last full block, distinct from any full block's; null when none are left. */
  tailHash(): number | null {
    const start = this.fullBlocks * this.blockSize;
    if (start === this.#length) return null;
    if (this.fullBlocks > 0) this.hash(this.fullBlocks - 1);
    const [low, high] = [this.#low, this.#high];
    this.#mix(start, this.#length);
    const folded = fold(this.#low ^ (this.#length - start), this.#high);
    [this.#low, this.#high] = [low, high];
    return folded;
  }

  /** A 32-bit hash of the last `count` tokens and of how many there are, whatever the blocks and the identity. */
  endHash(count: number): number {
    const tokens = this.#tokens;
    let hash = this.#length;
    for (let index = Math.max(0, this.#length - count); index < this.#length; index++) {
      hash = Math.imul(hash ^ tokens[index]!, 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    return hash >>> 0;
  }

  #hashUpTo(index: number): void {
    if (this.#hashed === 0) this.#hashes = numbersFor(this.fullBlocks + 2);
    for (let block = this.#hashed; block <= index; block++) {
      this.#mix(block * this.blockSize, (block + 1) * this.blockSize);
      this.#hashes[block] = fold(this.#low, this.#high);
    }
    this.#hashed = index + 1;
  }

  #mix(start: number, end: number): void {
    const tokens = this.#tokens;
    let low = this.#low;
    let high = this.#high;
    for (let index = start; index < end; index++) {
      const token = tokens[index]!;
      low = Math.imul(low ^ token, 0x85ebca6b);
      low = (low << 13) | (low >>> 19);
      high = Math.imul(high ^ token ^ low, 0xc2b2ae35);
      // Kept to 32 bits at every step: a sum beyond them would be carried on as a floating-point number.
      high = (((high << 15) | (high >>> 17)) + 0x165667b1) | 0;
    }
    this.#low = low;
    this.#high = high;
  }
}

function copyWithHeadroom(tokens: TokenIds): Uint32Array {
  const copy = tokenRun(tokens.length + HEADROOM);
  for (let index = 0; index < tokens.length; index++) copy[index] = tokens[index]!;
  return copy;
}

/** Avalanches both words (MurmurHash3's finaliser) and folds them into 53 bits, never 0. */
function fold(low: number, high: number): number {
  let a = low ^ (high >>> 16);
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b);
  a = Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  a = (a ^ (a >>> 16)) >>> 0;
  let b = high ^ a;
  b = Math.imul(b ^ (b >>> 15), 0x2c1b3c6d);
  b = Math.imul(b ^ (b >>> 12), 0x297a2d39);
  b = (b ^ (b >>> 15)) >>> 0;
  return (b & 0x1fffff) * 4_294_967_296 + a || 1;
}
