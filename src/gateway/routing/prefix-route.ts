import type { RoutingConfig } from '../../config/gateway-config.ts';
import type { PromptView } from '../../protocol/openai.ts';
import { type Cluster, isAvailable } from '../cluster.ts';
import type { ReasonCode } from '../context.ts';
import { type BlockChain, hashBlocks } from './block-hash.ts';
import { type Candidate, chooseEndpoint } from './choose.ts';
import { PrefixIndex } from './prefix-index.ts';

export interface PrefixChoice {
  reason: ReasonCode;
  /** Undefined when no endpoint is known to hold enough of the prompt. */
  endpointId: string | undefined;
  /** Estimated from bytes, about four to a token. */
  matchedTokens: number | undefined;
  candidates: readonly Candidate[];
  chain: BlockChain;
}

/** Routes by what was sent where before, without asking anybody. */
export class PrefixRoute {
  readonly #routing: RoutingConfig;
  readonly #nowMs: () => number;
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
    const candidates = cluster.endpoints.map((endpoint, index) => ({
      endpointId: endpoint.config.id,
      isAvailable: isAvailable(endpoint, nowMs),
      inFlight: endpoint.inFlight,
      isListed: matched[index]! > 0,
      matchedTokens: matched[index]! * blockTokens,
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
