import type { BlockCache } from '../../kv/block-cache.ts';
import type { TokenChain } from '../../kv/blocks.ts';
import type { TokenIds } from '../../kv/token-ids.ts';
import type { SequenceFactory } from './sequence-factory.ts';
import { DEVICE_LOCATION, type EngineStores } from './stores.ts';

/** Operators' orders on a store by its location. An unknown location holds nothing: 0 tokens. */
export class StoreOperations {
  readonly #stores: EngineStores;
  readonly #factory: SequenceFactory;

  constructor(stores: EngineStores, factory: SequenceFactory) {
    this.#stores = stores;
    this.#factory = factory;
  }

  /** Pins the resident prefix; returns the tokens pinned, 0 when over budget or nothing is resident. */
  pin(location: string, tokens: TokenIds, ttlMs?: number): number {
    return this.#store(location)?.pin(this.#chain(location, tokens), ttlMs) ?? 0;
  }

  /** Ends the pins on the resident prefix; returns the tokens no longer pinned. */
  unpin(location: string, tokens: TokenIds): number {
    return this.#store(location)?.unpin(this.#chain(location, tokens)) ?? 0;
  }

  /** Drops everything not in use; returns the tokens dropped. */
  clear(location: string): number {
    return this.#store(location)?.clear() ?? 0;
  }

  /** The same, pinned blocks too. */
  wipe(location: string): number {
    return this.#store(location)?.clear(true) ?? 0;
  }

  /** Halves what the resident prefix occupies; empty `tokens` means everything. Returns the tokens affected. */
  compress(location: string, tokens: TokenIds): number {
    return this.#resize(location, tokens, 0.5);
  }

  decompress(location: string, tokens: TokenIds): number {
    return this.#resize(location, tokens, 1);
  }

  #resize(location: string, tokens: TokenIds, weight: number): number {
    const chain = tokens.length === 0 ? null : this.#chain(location, tokens);
    return this.#store(location)?.resize(chain, weight) ?? 0;
  }

  /** Drops unused, unpinned blocks of the prefix, deepest first; returns tokens dropped. */
  evict(location: string, tokens: TokenIds): number {
    return this.#store(location)?.evict(this.#chain(location, tokens)) ?? 0;
  }

  /** Makes the prefix resident without a request (the target of a move); returns tokens stored. */
  store(location: string, tokens: TokenIds): number {
    return this.#store(location)?.store(this.#chain(location, tokens)) ?? 0;
  }

  /** Tokens of the prefix resident at the location, without touching it. */
  resident(location: string, tokens: TokenIds): number {
    return this.#store(location)?.matchTokens(this.#chain(location, tokens)) ?? 0;
  }

  #store(location: string): BlockCache | undefined {
    this.#stores.actor = '';
    return this.#stores.at(location);
  }

  /** The chain of a request without LoRA or salt, as operators name prefixes by tokens alone. */
  #chain(location: string, tokens: TokenIds): TokenChain {
    const device = this.#factory.deviceChain({ promptTokens: tokens });
    return location === DEVICE_LOCATION ? device : (this.#factory.tierChain({}, device) ?? device);
  }
}
