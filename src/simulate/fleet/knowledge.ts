import type { TokenChain } from '../../../mocks/kv/blocks.ts';
import { type HashList, HolderIndex, type PromptMatch } from './holder-index.ts';
import type { PromptSpace } from './prompt-space.ts';

/** A prompt's hashes in every space of the fleet. */
export interface HashedPrompt {
  promptTokens: number;
  lists: readonly { space: PromptSpace; hashes: HashList }[];
  chains: readonly TokenChain[];
}

/** What the fleet, or somebody's view of it, knows of one prompt. Tokens, the one that is always computed left out. */
export interface PromptStanding {
  /** That an earlier prompt began with: what a cache without bounds would have. */
  seenTokens: number;
  /** Of those, that some engine has stored at some time. */
  storedTokens: number;
  /** By number of the engine; those that hold nothing are absent. */
  heldTokens: ReadonlyMap<number, number>;
}

/** Who holds what, over all stores of a fleet. */
export class Knowledge {
  readonly #index: HolderIndex;

  constructor(engines: number) {
    this.#index = new HolderIndex(engines);
  }

  stored(engine: number, hashes: readonly number[]): void {
    for (const hash of hashes) this.#index.add(hash, engine);
  }

  removed(engine: number, hashes: readonly number[]): void {
    for (const hash of hashes) this.#index.remove(hash, engine);
  }

  /** @param isAsked notes that somebody asked this */
  standingOf({ lists, promptTokens }: HashedPrompt, isAsked = false): PromptStanding {
    const heldTokens = new Map<number, number>();
    let [seenTokens, storedTokens] = [0, 0];
    for (const { space, hashes } of lists) {
      const match = this.#index.match(hashes, isAsked);
      const tokens = (blocks: number): number => space.tokensIn(blocks, promptTokens);
      seenTokens = Math.max(seenTokens, tokens(match.seenBlocks));
      storedTokens = Math.max(storedTokens, tokens(match.storedBlocks));
      keepBest(heldTokens, match, tokens);
    }
    return { seenTokens, storedTokens, heldTokens };
  }
}

function keepBest(
  held: Map<number, number>,
  { engines, blocks }: PromptMatch,
  tokensIn: (blocks: number) => number,
): void {
  for (const [at, engine] of engines.entries()) {
    const tokens = tokensIn(blocks[at]!);
    if (tokens > (held.get(engine) ?? 0)) held.set(engine, tokens);
  }
}
