import type { RoutingConfig } from '../../config/gateway-config.ts';
import type { PromptView } from '../../protocol/openai.ts';
import { type Cluster, isAvailable } from '../balance/cluster.ts';
import type { ReasonCode } from '../listener/context.ts';
import { type BlockChain, BYTES_PER_TOKEN, hashBlocks } from './block-hash.ts';
import { type Candidate, chooseEndpoint } from './choose.ts';
import { PrefixMemory } from './prefix-memory.ts';
import { type Parting, partAt } from './prompt-parts.ts';
import { tokenFloor } from './token-floor.ts';

/** A prompt as the index takes it. */
export interface IndexedPrompt {
  view: PromptView;
  chain: BlockChain;
}

export interface PrefixChoice {
  reason: ReasonCode;
  /** Undefined when no endpoint is known to hold enough of the prompt. */
  endpointId: string | undefined;
  /** Tokens the endpoint is believed to hold: an estimate, but never more than the prompt has. */
  matchedTokens: number | undefined;
  /** Known where the prompt came as token ids, was tokenized, or was reported on before. */
  promptTokens: number | undefined;
  candidates: readonly Candidate[];
  chain: BlockChain;
  /** Leading blocks that the best holder has. */
  matchedBlocks: number;
}

const REMEMBERED_TOKENS = 1_000_000;

/** Routes by what was sent where before, without asking anybody. */
export class PrefixRoute {
  readonly #routing: RoutingConfig;
  readonly #nowMs: () => number;
  readonly #memory: PrefixMemory;

  constructor(
    routing: RoutingConfig,
    nowMs: () => number,
    memory = new PrefixMemory(routing.prefixIndex, nowMs),
  ) {
    this.#routing = routing;
    this.#nowMs = nowMs;
    this.#memory = memory;
  }

  /** Whether others tell what they sent where; undefined where nothing is shared. */
  get isShared(): boolean | undefined {
    return this.#memory.isShared;
  }

  chainOf(view: PromptView): BlockChain {
    return hashBlocks(view, this.#routing.prefixIndex.blockTokens);
  }

  /** @param tokenized the prompt's tokens, where somebody has counted them */
  choose(prompt: IndexedPrompt, cluster: Cluster, tokenized?: number): PrefixChoice {
    const { chain } = prompt;
    const { index: prefixIndex, slots } = this.#memory.viewOf(cluster);
    const matched = prefixIndex.match(chain);
    const nowMs = this.#nowMs();
    const promptTokens = chain.promptTokens ?? tokenized ?? this.#memory.promptTokens.get(chain.id);
    const tokensPerBlock = this.#tokensPerBlock(chain, promptTokens);
    const candidates = cluster.endpoints.map((endpoint, index) => ({
      endpointId: endpoint.config.id,
      isAvailable: isAvailable(endpoint, nowMs),
      inFlight: endpoint.inFlight,
      matchedTokens: Math.floor(matched[slots[index]!]! * tokensPerBlock),
    }));
    const choice = chooseEndpoint(candidates, this.#routing);
    return {
      ...choice,
      reason: choice.reason === 'hit' ? 'prefix-hit' : choice.reason,
      // The choice compares estimates; what is told of one must not exceed what is certain.
      matchedTokens:
        choice.matchedTokens &&
        Math.min(choice.matchedTokens, promptTokens ?? tokenFloor(prompt.view)),
      promptTokens,
      candidates,
      chain,
      matchedBlocks: matched.reduce((most, blocks) => Math.max(most, blocks), 0),
    };
  }

  /** Where the prompt leaves what its best holder was sent; undefined when it was sent all of it. */
  partingOf({ view, chain }: IndexedPrompt, { matchedBlocks }: PrefixChoice): Parting | undefined {
    const { blockTokens } = this.#routing.prefixIndex;
    if (matchedBlocks === chain.count) return undefined;
    const tokens = matchedBlocks * blockTokens;
    return chain.promptTokens === undefined
      ? partAt(view, tokens * BYTES_PER_TOKEN)
      : { part: 'prompt', at: tokens, unit: 'tokens' };
  }

  /** Notes where a prompt went. */
  record(chain: BlockChain, cluster: Cluster, endpointId: string): void {
    const index = cluster.endpoints.findIndex(({ config }) => config.id === endpointId);
    if (index !== -1) this.#memory.record(chain, cluster, index);
  }

  /** Learns how long the engine's tokens really are. */
  noteUsage({ view, chain }: IndexedPrompt, promptTokens: number): void {
    if (promptTokens <= 0 || chain.promptTokens !== undefined) return;
    this.#memory.promptTokens.set(chain.id, promptTokens);
    // The bytes of a picture say nothing about its tokens.
    if (view.isMultimodal) return;
    const { seen } = this.#memory;
    const fade = seen.tokens > REMEMBERED_TOKENS ? 0.5 : 1;
    this.#memory.seen = {
      bytes: seen.bytes * fade + chain.promptBytes,
      tokens: seen.tokens * fade + promptTokens,
    };
  }

  #tokensPerBlock(chain: BlockChain, promptTokens: number | undefined): number {
    const blockBytes = this.#routing.prefixIndex.blockTokens * BYTES_PER_TOKEN;
    if (promptTokens !== undefined)
      return (blockBytes * promptTokens) / Math.max(1, chain.promptBytes);
    const { bytes, tokens } = this.#memory.seen;
    return blockBytes / (tokens === 0 ? BYTES_PER_TOKEN : bytes / tokens);
  }
}
