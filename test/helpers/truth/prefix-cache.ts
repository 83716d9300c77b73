/** One step of two 32-bit FNV chains side by side: enough bits that no two prefixes meet. */
class Chain {
  #high = 0x811c9dc5;
  #low = 0x9747b28c;

  add(token: number): void {
    this.#high = Math.imul(this.#high ^ token, 0x01000193) >>> 0;
    this.#low = Math.imul(this.#low ^ (token + 0x5bd1), 0x0100_0193) >>> 0;
    this.#low ^= this.#low >>> 13;
  }

  /** Of everything added so far. */
  key(): number {
    return (this.#high >>> 0) * 2 ** 21 + (this.#low >>> 11);
  }
}

/** Several caches are asked about one prompt, so its keys are reckoned once. */
const reckoned = new WeakMap<readonly number[], Map<number, readonly number[]>>();

/** Keys of the whole blocks of a prompt; each stands for all tokens up to its end. */
export function blockKeys(tokens: readonly number[], blockTokens: number): readonly number[] {
  const bySize = reckoned.get(tokens) ?? new Map<number, readonly number[]>();
  reckoned.set(tokens, bySize);
  const keys = bySize.get(blockTokens) ?? reckonKeys(tokens, blockTokens);
  bySize.set(blockTokens, keys);
  return keys;
}

function reckonKeys(tokens: readonly number[], blockTokens: number): number[] {
  const chain = new Chain();
  const keys: number[] = [];
  for (let index = 0; index < tokens.length; index++) {
    chain.add(tokens[index]!);
    if ((index + 1) % blockTokens === 0) keys.push(chain.key());
  }
  return keys;
}

export interface PrefixCacheOptions {
  blockTokens: number;
  /** Blocks it can keep; the least recently used goes first, of one prompt its end. */
  capacityBlocks: number;
}

/** What an engine has computed before, in whole blocks, as vLLM keeps it. */
export class PrefixCache {
  readonly blockTokens: number;
  readonly #capacity: number;
  /** Key → when it was stored, least recently used first. */
  readonly #blocks = new Map<number, number>();
  evictions = 0;

  constructor({ blockTokens, capacityBlocks }: PrefixCacheOptions) {
    this.blockTokens = blockTokens;
    this.#capacity = capacityBlocks;
  }

  get blocks(): number {
    return this.#blocks.size;
  }

  /**
   * Leading tokens that need not be computed again: whole blocks, never the last token.
   * @param storedByMs leaves out what was stored later
   */
  held(tokens: readonly number[], storedByMs = Infinity): number {
    const usable = Math.floor((tokens.length - 1) / this.blockTokens);
    const keys = blockKeys(tokens, this.blockTokens);
    let blocks = 0;
    while (blocks < usable && this.#wasStoredBy(keys[blocks]!, storedByMs)) blocks++;
    return blocks * this.blockTokens;
  }

  /** Serves a prompt: what was held, and from now on all of it is. */
  use(tokens: readonly number[], nowMs: number): number {
    const cached = this.held(tokens);
    for (const key of blockKeys(tokens, this.blockTokens).toReversed()) {
      const storedMs = this.#blocks.get(key) ?? nowMs;
      this.#blocks.delete(key);
      this.#blocks.set(key, storedMs);
    }
    this.#evict();
    return cached;
  }

  clear(): void {
    this.#blocks.clear();
  }

  #wasStoredBy(key: number, ms: number): boolean {
    const storedMs = this.#blocks.get(key);
    return storedMs !== undefined && storedMs <= ms;
  }

  #evict(): void {
    for (const key of this.#blocks.keys()) {
      if (this.#blocks.size <= this.#capacity) return;
      this.#blocks.delete(key);
      this.evictions++;
    }
  }
}
