import { chainSeed, TokenChain } from '../../../mocks/kv/blocks.ts';
import type { TierProfile } from '../../../mocks/profiles/profile.ts';
import type { HashList } from './prompt-match.ts';
import type { FleetSpec } from './fleet-spec.ts';

/** Stores whose blocks have equal hashes for equal prompts. */
export interface PromptSpace {
  chainOf(tokens: Uint32Array): TokenChain;
  /** The blocks of a prompt that may be found in such a store. */
  hashesOf(chain: TokenChain): HashList;
  /** Tokens that so many leading blocks save of a prompt: one is always computed. */
  tokensIn(blocks: number, promptTokens: number): number;
}

/** One for every size of blocks and every seed in the fleet: device caches first, then second tiers. */
export function spacesOf({ model, engines }: FleetSpec): PromptSpace[] {
  const sizes = new Set(engines.map(({ profile }) => profile.blockSize));
  const tiers = new Map<string, PromptSpace>();
  for (const { profile, hashSeed } of engines) {
    if (!profile.tier) continue;
    const { chunkTokens, saveUnfullChunk } = profile.tier;
    tiers.set(`${chunkTokens}/${saveUnfullChunk}/${hashSeed}`, tierSpace(profile.tier, hashSeed));
  }
  return [...Array.from(sizes, (size) => deviceSpace(size, model)), ...tiers.values()];
}

function deviceSpace(size: number, model: string): PromptSpace {
  const seed = chainSeed({ model });
  return {
    chainOf: (tokens) => new TokenChain(tokens, size, seed),
    hashesOf: (chain) => ({
      count: Math.floor(Math.max(0, chain.length - 1) / size),
      hashAt: (index) => chain.hash(index),
    }),
    tokensIn: (blocks) => blocks * size,
  };
}

function tierSpace(
  { chunkTokens: size, saveUnfullChunk }: TierProfile,
  hashSeed: number,
): PromptSpace {
  const seed = chainSeed({ hashSeed });
  return {
    chainOf: (tokens) => new TokenChain(tokens, size, seed),
    hashesOf: (chain) => ({
      count: saveUnfullChunk ? Math.ceil(chain.length / size) : chain.fullBlocks,
      hashAt: (index) => (index < chain.fullBlocks ? chain.hash(index) : chain.tailHash()!),
    }),
    tokensIn: (blocks, promptTokens) => Math.min(blocks * size, promptTokens - 1),
  };
}
