import { type BlocksStored, DEVICE_MEDIUM, type KvEvent } from '../../protocol/kv-events.ts';
import { type ChainKey, extendKey, type PromptChain, rootKey } from './token-chain.ts';

/** Blocks of one tier remembered at most: of some tiers engines never tell what they drop. */
const BLOCKS_MAX = 1_000_000;

/** What one engine holds, as its events tell. */
export class EngineBlocks {
  readonly #tiers = new Map<string, TierBlocks>();
  /** Names of the adapters that blocks were stored under. */
  readonly adapters = new Set<string>();

  /** Returns the keys of what its tier did not have before, as far as they are known. */
  apply(event: KvEvent): readonly ChainKey[] {
    switch (event.type) {
      case 'stored':
        if (event.adapter !== '') this.adapters.add(event.adapter);
        return this.#tier(event.tier).store(event);
      case 'removed':
        this.#tiers.get(event.tier)?.remove(event.hashes);
        return [];
      case 'cleared':
        // Groups of the device are tiers of their own; connectors keep what they have.
        for (const tier of this.#tiers.keys()) {
          if (tier.split('/')[0] === DEVICE_MEDIUM) this.#tiers.delete(tier);
        }
        return [];
    }
  }

  /** Whether any tier has a block that ends there. */
  holds(key: ChainKey): boolean {
    return [...this.#tiers.values()].some((tier) => tier.holds(key));
  }

  forget(): void {
    this.#tiers.clear();
  }

  get count(): number {
    return [...this.#tiers.values()].reduce((sum, tier) => sum + tier.count, 0);
  }

  /** The engine's own hashes of the blocks in a tier. */
  hashes(tier: string): string[] {
    return [...(this.#tiers.get(tier)?.hashes() ?? [])];
  }

  /** Leading tokens of the prompt that the tier with most of them has. */
  matchedTokens(prompt: PromptChain): number {
    let most = 0;
    for (const tier of this.#tiers.values()) most = Math.max(most, tier.matchedTokens(prompt));
    return most;
  }

  #tier(name: string): TierBlocks {
    let tier = this.#tiers.get(name);
    if (!tier) this.#tiers.set(name, (tier = new TierBlocks()));
    return tier;
  }
}

class TierBlocks {
  #blockSize = 0;
  /** By the engine's hash; a block whose beginning was never told has no key, and cannot be found by tokens. */
  readonly #keyOf = new Map<string, ChainKey | undefined>();
  /** How many blocks have the key: engines of old tell neither salt nor adapter, and their keys are then equal. */
  readonly #blocksOf = new Map<ChainKey, number>();

  get count(): number {
    return this.#keyOf.size;
  }

  hashes(): Iterable<string> {
    return this.#keyOf.keys();
  }

  holds(key: ChainKey): boolean {
    return this.#blocksOf.has(key);
  }

  store({ hashes, parentHash, tokens, blockSize, adapter, extraKeys }: BlocksStored): ChainKey[] {
    this.#blockSize = blockSize;
    const fresh: ChainKey[] = [];
    let key = parentHash === null ? rootKey(adapter) : this.#keyOf.get(parentHash);
    for (const [at, hash] of hashes.entries()) {
      const start = at * blockSize;
      const extra = extraKeys[at]!;
      if (key !== undefined) {
        key = extendKey(key, tokens, { start, end: start + blockSize, extra });
      }
      if (this.#add(hash, key) && key !== undefined) fresh.push(key);
    }
    return fresh;
  }

  remove(hashes: readonly string[]): void {
    for (const hash of hashes) {
      const key = this.#keyOf.get(hash);
      if (!this.#keyOf.delete(hash) || key === undefined) continue;
      const left = this.#blocksOf.get(key)! - 1;
      if (left === 0) this.#blocksOf.delete(key);
      else this.#blocksOf.set(key, left);
    }
  }

  matchedTokens(prompt: PromptChain): number {
    if (this.#blockSize === 0) return 0;
    const keys = prompt.keys(this.#blockSize);
    let blocks = 0;
    while (blocks < keys.length && this.#blocksOf.has(keys[blocks]!)) blocks++;
    return blocks * this.#blockSize;
  }

  /** Whether the block is new, or can be found from now on. */
  #add(hash: string, key: ChainKey | undefined): boolean {
    // Told once more, it is the same block, unless its beginning has become known.
    if (this.#keyOf.has(hash)) {
      if (key === undefined || this.#keyOf.get(hash) !== undefined) return false;
    } else if (this.#keyOf.size >= BLOCKS_MAX) this.remove([this.#keyOf.keys().next().value!]);
    this.#keyOf.set(hash, key);
    if (key !== undefined) this.#blocksOf.set(key, (this.#blocksOf.get(key) ?? 0) + 1);
    return true;
  }
}
