import type { RoutingConfig } from '../../config/gateway-config.ts';
import type { PromptView } from '../../protocol/openai.ts';
import { type Cluster, isAvailable } from '../cluster.ts';
import type { ReasonCode } from '../context.ts';
import { type BlockChain, BYTES_PER_TOKEN, hashBlocks } from './block-hash.ts';
import { type Candidate, chooseEndpoint } from './choose.ts';
import { PrefixIndex } from './prefix-index.ts';

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
  /** What engines reported, the recent past weighing most. */
  #seen = { bytes: 0, tokens: 0 };
  /** By cluster; made when a cluster is first routed this way, since an index takes memory. */
  readonly #indexes = new Map<string, PrefixIndex>();

  constructor(routing: RoutingConfig, nowMs: () => number) {
    this.#routing = routing;
    this.#nowMs = nowMs;
  }

  choose(view: PromptView, cluster: Cluster): PrefixChoice {
    const { blockTokens } = this.#routing.prefixIndex;
    const chain = hashBlocks(view, blockTokens);
    const matched = this.#indexOf(cluster).match(chain);
    const nowMs = this.#nowMs();
    const tokensPerBlock = (blockTokens * BYTES_PER_TOKEN) / this.#bytesPerToken();
    const candidates = cluster.endpoints.map((endpoint, index) => ({
      endpointId: endpoint.config.id,
      isAvailable: isAvailable(endpoint, nowMs),
      inFlight: endpoint.inFlight,
      isListed: matched[index]! > 0,
      matchedTokens: Math.floor(matched[index]! * tokensPerBlock),
    }));
    const choice = chooseEndpoint(candidates, this.#routing);
    const reason = choice.reason === 'hit' ? 'prefix-hit' : choice.reason;
    return { ...choice, reason, candidates, chain };
  }

  /** Notes where a prompt went. */
  record(chain: BlockChain, cluster: Cluster, endpointId: string): void {
    const index = cluster.endpoints.findIndex(({ config }) => config.id === endpointId);
    if (index !== -1) this.#indexOf(cluster).record(chain, index);
  }

  /** Learns how long the engine's tokens really are. */
  noteUsage(chain: BlockChain, promptTokens: number): void {
    if (promptTokens <= 0) return;
    const fade = this.#seen.tokens > REMEMBERED_TOKENS ? 0.5 : 1;
    this.#seen = {
      bytes: this.#seen.bytes * fade + chain.promptBytes,
      tokens: this.#seen.tokens * fade + promptTokens,
    };
  }

  #bytesPerToken(): number {
    return this.#seen.tokens === 0 ? BYTES_PER_TOKEN : this.#seen.bytes / this.#seen.tokens;
  }

  #indexOf(cluster: Cluster): PrefixIndex {
    const { name } = cluster.config;
    let index = this.#indexes.get(name);
    if (!index) {
      const { maxBlocks, ttlMs } = this.#routing.prefixIndex;
      const endpointCount = cluster.endpoints.length;
      index = new PrefixIndex({ endpointCount, maxBlocks, ttlMs, nowMs: this.#nowMs });
      this.#indexes.set(name, index);
    }
    return index;
  }
}
