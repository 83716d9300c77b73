import type { TokenChain } from '../../../mocks/kv/blocks.ts';
import { HolderIndex } from './holder-index.ts';
import { type HashList, matchClosed, matchScattered, type PromptMatch } from './prompt-match.ts';
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
  /** By number of the engine. */
  heldTokens: Uint32Array;
}

/** Who holds what, over all stores of a fleet. */
export class Knowledge {
  readonly #index: HolderIndex;
  readonly #engines: number;
  readonly #match: (index: HolderIndex, hashes: HashList) => PromptMatch;

  /** @param isComplete it is told of every change; otherwise it may know of a block and not of those before it */
  constructor(engines: number, isComplete = true) {
    this.#engines = engines;
    this.#index = new HolderIndex(engines);
    this.#match = isComplete ? matchClosed : matchScattered;
  }

  stored(engine: number, hashes: readonly number[]): void {
    for (const hash of hashes) this.#index.add(hash, engine);
  }

  removed(engine: number, hashes: readonly number[]): void {
    for (const hash of hashes) this.#index.remove(hash, engine);
  }

  /** @param isAsked notes that somebody asked this */
  standingOf({ lists, promptTokens }: HashedPrompt, isAsked = false): PromptStanding {
    const heldTokens = new Uint32Array(this.#engines);
    let [seenTokens, storedTokens] = [0, 0];
    for (const { space, hashes } of lists) {
      const match = this.#match(this.#index, hashes);
      const tokens = (blocks: number): number => space.tokensIn(blocks, promptTokens);
      seenTokens = Math.max(seenTokens, tokens(match.seenBlocks));
      storedTokens = Math.max(storedTokens, tokens(match.storedBlocks));
      keepBest(heldTokens, match, tokens);
      if (isAsked) this.#see(hashes, match.seenBlocks);
    }
    return { seenTokens, storedTokens, heldTokens };
  }

  #see({ count, hashAt }: HashList, from: number): void {
    for (let block = from; block < count; block++) this.#index.see(hashAt(block));
  }
}

function keepBest(
  held: Uint32Array,
  { engines, blocks }: PromptMatch,
  tokensIn: (blocks: number) => number,
): void {
  for (let at = 0; at < engines.length; at++) {
    const engine = engines[at]!;
    held[engine] = Math.max(held[engine]!, tokensIn(blocks[at]!));
  }
}
