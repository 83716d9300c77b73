import { LRUCache } from 'lru-cache';
import type { RoutingConfig } from '../../config/gateway-config.ts';
import type { RoutingPolicy } from '../../config/routing-policies.ts';
import type { Cluster, Endpoint } from '../balance/cluster.ts';
import type { MetricRegistry } from '../../protocol/metric-registry.ts';
import type { MemoryExchange } from '../sharing/exchange.ts';
import type { MemoryNote } from '../sharing/note.ts';
import type { BlockChain } from './block-hash.ts';
import { PrefixIndex } from './prefix-index.ts';

type IndexSettings = RoutingConfig['prefixIndex'];

/** An index and, per endpoint of one cluster object, its place in it. */
export interface ClusterView {
  index: PrefixIndex;
  slots: readonly number[];
}

interface ClusterMemory {
  index: PrefixIndex;
  slotOf: Map<string, number>;
}

/** An index has a bit per endpoint in words of so many: room to grow that costs nothing. */
const WORD_BITS = 32;
const COUNTS_MAX = 10_000;

/**
 * What is remembered of what went where. A reload brings new cluster objects; an endpoint that is the same in
 * both keeps its place in the index, and a place once given is never given to another.
 */
export class PrefixMemory {
  /** What engines reported, the recent past weighing most. */
  seen = { bytes: 0, tokens: 0 };
  /** Prompt tokens as reported, by the chain's id: what comes again need not be estimated. */
  readonly promptTokens = new LRUCache<string, number>({ max: COUNTS_MAX });
  readonly #settings: IndexSettings;
  readonly #nowMs: () => number;
  /** By name; made when a cluster is first routed this way, since an index takes memory. */
  readonly #latest = new Map<string, ClusterMemory>();
  readonly #views = new WeakMap<Cluster, ClusterView>();
  readonly #exchange: MemoryExchange | undefined;

  /** @param exchange with whom all that is recorded is shared */
  constructor(settings: IndexSettings, nowMs: () => number, exchange?: MemoryExchange) {
    this.#settings = settings;
    this.#nowMs = nowMs;
    this.#exchange = exchange;
    exchange?.onTold((note) => this.#learn(note));
  }

  /** Undefined where nothing is shared. */
  get isShared(): boolean | undefined {
    return this.#exchange?.isUp;
  }

  /** Notes where a prompt went. */
  record(chain: BlockChain, cluster: Cluster, endpointIndex: number): void {
    const { index, slots } = this.viewOf(cluster);
    const isNews = index.record(chain, slots[endpointIndex]!);
    if (!isNews || !this.#exchange || chain.count === 0) return;
    this.#exchange.tell({
      cluster: cluster.config.name,
      endpoint: keyOf(cluster.endpoints[endpointIndex]!),
      blockTokens: this.#settings.blockTokens,
      low: chain.low,
      high: chain.high,
    });
  }

  /** What others say went where; of clusters and endpoints that are none of ours it means nothing. */
  #learn({ cluster, endpoint, blockTokens, low, high }: MemoryNote): void {
    const known = this.#latest.get(cluster);
    const slot = known?.slotOf.get(endpoint);
    if (!known || slot === undefined || blockTokens !== this.#settings.blockTokens) return;
    known.index.record({ low, high, count: low.length, recorded: undefined }, slot);
  }

  viewOf(cluster: Cluster): ClusterView {
    let view = this.#views.get(cluster);
    if (!view) this.#views.set(cluster, (view = this.#adopt(cluster)));
    return view;
  }

  /** Forgets clusters that are gone. */
  keepOnly(names: { has(name: string): boolean }): void {
    for (const name of this.#latest.keys()) if (!names.has(name)) this.#latest.delete(name);
  }

  #adopt({ config, endpoints }: Cluster): ClusterView {
    const known = this.#latest.get(config.name);
    const slotOf = new Map(known?.slotOf);
    for (const key of endpoints.map(keyOf)) if (!slotOf.has(key)) slotOf.set(key, slotOf.size);
    const hasRoom = known !== undefined && slotOf.size <= known.index.endpointCount;
    const memory = hasRoom ? { index: known.index, slotOf } : this.#begin(endpoints);
    this.#latest.set(config.name, memory);
    return {
      index: memory.index,
      slots: endpoints.map((endpoint) => memory.slotOf.get(keyOf(endpoint))!),
    };
  }

  #begin(endpoints: readonly Endpoint[]): ClusterMemory {
    const { maxBlocks, ttlMs } = this.#settings;
    const endpointCount = Math.max(1, Math.ceil(endpoints.length / WORD_BITS)) * WORD_BITS;
    return {
      index: new PrefixIndex({ endpointCount, maxBlocks, ttlMs, nowMs: this.#nowMs }),
      slotOf: new Map(endpoints.map((endpoint, slot) => [keyOf(endpoint), slot])),
    };
  }
}

/** An id at another address is another engine, with an empty cache. */
function keyOf({ config, address }: Endpoint): string {
  return `${config.id} ${address}`;
}

type Memories = Map<string, { key: string; memory: PrefixMemory }>;

const memoriesOfRegistry = new WeakMap<MetricRegistry, Memories>();

/**
 * The memory shared by all kvcache filters of one registry; settings that change begin a new one.
 * @param owner whose choices it remembers: the gateway's own, or those of a shadow policy
 */
export function prefixMemory(
  registry: MetricRegistry,
  settings: IndexSettings,
  given: {
    nowMs: () => number;
    owner: 'gateway' | RoutingPolicy;
    exchange?: MemoryExchange | undefined;
  },
): PrefixMemory {
  const { nowMs, owner, exchange } = given;
  const key = JSON.stringify(settings);
  const memories: Memories = memoriesOfRegistry.get(registry) ?? new Map();
  memoriesOfRegistry.set(registry, memories);
  const known = memories.get(owner);
  if (known?.key === key) return known.memory;
  const memory = new PrefixMemory(settings, nowMs, exchange);
  memories.set(owner, { key, memory });
  return memory;
}
