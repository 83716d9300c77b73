import type { RoutingConfig } from '../../config/gateway-config.ts';
import type { PromptView } from '../../protocol/openai.ts';
import { type Cluster, isAvailable } from '../cluster.ts';
import type { ReasonCode } from '../context.ts';
import { type BlockChain, BYTES_PER_TOKEN, hashBlocks } from './block-hash.ts';
import { type Candidate, chooseEndpoint } from './choose.ts';
import { PrefixMemory } from './prefix-memory.ts';

export interface PrefixChoice {
  reason: ReasonCode;
  /** Undefined when no endpoint is known to hold enough of the prompt. */
  endpointId: string | undefined;
  /** Estimated from bytes, by the bytes per token that engines reported so far. */
  matchedTokens: number | undefined;
  candidates: readonly Candidate[];
  chain: BlockChain;
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

  choose(view: PromptView, cluster: Cluster): PrefixChoice {
    const { blockTokens } = this.#routing.prefixIndex;
    const chain = hashBlocks(view, blockTokens);
    const { index: prefixIndex, slots } = this.#memory.viewOf(cluster);
    const matched = prefixIndex.match(chain);
    const nowMs = this.#nowMs();
    const tokensPerBlock = (blockTokens * BYTES_PER_TOKEN) / this.#bytesPerToken();
    const candidates = cluster.endpoints.map((endpoint, index) => ({
      endpointId: endpoint.config.id,
      isAvailable: isAvailable(endpoint, nowMs),
      inFlight: endpoint.inFlight,
      isListed: matched[slots[index]!]! > 0,
      matchedTokens: Math.floor(matched[slots[index]!]! * tokensPerBlock),
    }));
    const choice = chooseEndpoint(candidates, this.#routing);
    const reason = choice.reason === 'hit' ? 'prefix-hit' : choice.reason;
    return { ...choice, reason, candidates, chain };
  }

  /** Notes where a prompt went. */
  record(chain: BlockChain, cluster: Cluster, endpointId: string): void {
    const index = cluster.endpoints.findIndex(({ config }) => config.id === endpointId);
    if (index === -1) return;
    const view = this.#memory.viewOf(cluster);
    view.index.record(chain, view.slots[index]!);
  }

  /** Learns how long the engine's tokens really are. */
  noteUsage(chain: BlockChain, promptTokens: number): void {
    if (promptTokens <= 0) return;
    const { seen } = this.#memory;
    const fade = seen.tokens > REMEMBERED_TOKENS ? 0.5 : 1;
    this.#memory.seen = {
      bytes: seen.bytes * fade + chain.promptBytes,
      tokens: seen.tokens * fade + promptTokens,
    };
  }

  #bytesPerToken(): number {
    const { bytes, tokens } = this.#memory.seen;
    return tokens === 0 ? BYTES_PER_TOKEN : bytes / tokens;
  }
}
