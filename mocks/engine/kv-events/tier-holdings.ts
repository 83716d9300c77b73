import type { LocatedCacheEvent } from '../core/located-event.ts';

/**
 * What the second tier holds, as its events tell. An emptied tier is told as a removal of all its
 * blocks: vLLM's AllBlocksCleared names no medium, and would make consumers forget the GPU's too.
 */
export class TierHoldings {
  readonly #hashes = new Set<number>();

  /** The event as it is to be published; undefined when it tells nothing. */
  follow(located: LocatedCacheEvent): LocatedCacheEvent | undefined {
    const { event } = located;
    if (event.type === 'stored') for (const hash of event.hashes) this.#hashes.add(hash);
    if (event.type === 'removed') for (const hash of event.hashes) this.#hashes.delete(hash);
    if (event.type !== 'cleared') return located;
    const hashes = [...this.#hashes];
    this.#hashes.clear();
    return hashes.length > 0 ? { ...located, event: { type: 'removed', hashes } } : undefined;
  }
}
