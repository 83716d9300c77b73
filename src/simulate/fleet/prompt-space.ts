import { chainSeed, TokenChain } from '../../../mocks/kv/blocks.ts';
import type { TierProfile } from '../../../mocks/profiles/profile.ts';
import type { HashList } from './holder-index.ts';
import type { FleetSpec, SimulatedEngine } from './fleet-spec.ts';

/** Stores whose blocks have equal hashes for equal prompts. */
export interface PromptSpace {
  /** Numbers of the engines that have such a store. */
  readonly engines: ReadonlySet<number>;
  chainOf(tokens: Uint32Array): TokenChain;
  /** The blocks of a prompt that may be found in such a store. */
  hashesOf(chain: TokenChain): HashList;
  /** Tokens that so many leading blocks save of a prompt: one is always computed. */
  tokensIn(blocks: number, promptTokens: number): number;
}

/** One per size and seed: device caches first, then second tiers. */
export function spacesOf({ model, engines }: FleetSpec): PromptSpace[] {
  const devices = grouped(engines, ({ profile }) => String(profile.blockSize));
  const tiers = grouped(
    engines.filter(({ profile }) => profile.tier !== null),
    ({ profile, hashSeed }) =>
      `${profile.tier!.chunkTokens}/${hashSeed}/${profile.tier!.saveUnfullChunk}`,
  );
  const numberOf = new Map(engines.map((engine, index) => [engine, index]));
  const numbers = (group: readonly SimulatedEngine[]): Set<number> =>
    new Set(group.map((engine) => numberOf.get(engine)!));
  return [
    ...devices.map((group) => deviceSpace(group[0]!.profile.blockSize, model, numbers(group))),
    ...tiers.map((group) => {
      const [{ profile, hashSeed }] = group as [SimulatedEngine];
      return tierSpace(profile.tier!, hashSeed, numbers(group));
    }),
  ];
}

function deviceSpace(size: number, model: string, engines: ReadonlySet<number>): PromptSpace {
  const seed = chainSeed({ model });
  return {
    engines,
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
  engines: ReadonlySet<number>,
): PromptSpace {
  const seed = chainSeed({ hashSeed });
  return {
    engines,
    chainOf: (tokens) => new TokenChain(tokens, size, seed),
    hashesOf: (chain) => ({
      count: saveUnfullChunk ? Math.ceil(chain.length / size) : chain.fullBlocks,
      hashAt: (index) => (index < chain.fullBlocks ? chain.hash(index) : chain.tailHash()!),
    }),
    tokensIn: (blocks, promptTokens) => Math.min(blocks * size, promptTokens - 1),
  };
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()];
}
