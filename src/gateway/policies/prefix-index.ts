import type { BlockChain } from './block-hash.ts';
import { BlockTable } from './block-table.ts';

/** What the index keeps of a prompt. */
export type RecordedChain = Pick<BlockChain, 'low' | 'high' | 'count' | 'recorded'>;

export interface PrefixIndexOptions {
  endpointCount: number;
  /** Blocks kept at most, over all endpoints. */
  maxBlocks: number;
  /** A block is forgotten between half of this and all of it after it was last sent somewhere. */
  ttlMs: number;
  nowMs: () => number;
}

/**
 * Which endpoint was sent which prompt blocks: a guess at the engines' caches for deployments without
 * a controller. Two generations of blocks: a full or old one makes room for the next, so
 * forgetting costs nothing per request and memory never grows.
 */
export class PrefixIndex {
  readonly #options: PrefixIndexOptions;
  readonly #words: number;
  #young: BlockTable;
  #old: BlockTable;
  #youngSinceMs: number;
  /** Stands for the young generation, a new one with each. */
  #generation = {};

  constructor(options: PrefixIndexOptions) {
    this.#options = options;
    this.#words = Math.ceil(options.endpointCount / 32);
    const half = Math.ceil(options.maxBlocks / 2);
    this.#young = new BlockTable(half, this.#words);
    this.#old = new BlockTable(half, this.#words);
    this.#youngSinceMs = options.nowMs();
  }

  get endpointCount(): number {
    return this.#options.endpointCount;
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** Per endpoint the number of leading blocks it was sent. */
  match(chain: BlockChain): Uint32Array {
    this.#forgetOld();
    const matched = new Uint32Array(this.#options.endpointCount);
    const alive = new Uint32Array(this.#words).fill(0xffffffff);
    const holders = new Uint32Array(this.#words);
    let block = 0;
    for (; block < chain.count; block++) {
      holders.fill(0);
      this.#young.collect(chain.low[block]!, chain.high[block]!, holders);
      // Where the young generation knows every endpoint still in question, the old one has no say.
      if (!covers(holders, alive)) {
        this.#old.collect(chain.low[block]!, chain.high[block]!, holders);
      }
      if (!narrow(alive, holders, { matched, block })) return matched;
    }
    narrow(alive, NOBODY, { matched, block });
    return matched;
  }

  /** Notes that an endpoint was sent all blocks of a prompt; false where that was known. */
  record(chain: RecordedChain, endpointIndex: number): boolean {
    this.#forgetOld();
    const generation = this.#generation;
    const { recorded } = chain;
    if (recorded?.generation === generation && recorded.endpoints.has(endpointIndex)) return false;
    const half = Math.ceil(this.#options.maxBlocks / 2);
    for (let block = 0; block < chain.count; block++) {
      if (this.#young.size >= half) this.#turn(this.#options.nowMs());
      this.#young.add(chain.low[block]!, chain.high[block]!, endpointIndex);
    }
    // A generation that ended in between has some of its blocks only.
    if (generation !== this.#generation) return true;
    if (recorded?.generation === generation) recorded.endpoints.add(endpointIndex);
    else chain.recorded = { generation, endpoints: new Set([endpointIndex]) };
    return true;
  }

  #forgetOld(): void {
    const { nowMs, ttlMs } = this.#options;
    const ageMs = nowMs() - this.#youngSinceMs;
    if (ageMs < ttlMs / 2) return;
    // Turned late, the generation still began when its predecessor's time was over.
    this.#turn(this.#youngSinceMs + ttlMs / 2);
    if (ageMs < ttlMs) return;
    this.#turn(nowMs());
  }

  #turn(sinceMs: number): void {
    [this.#young, this.#old] = [this.#old, this.#young];
    this.#young.clear();
    this.#generation = {};
    this.#youngSinceMs = sinceMs;
  }
}

/** An empty set: reads beyond its end are no bits either. */
const NOBODY = new Uint32Array(0);

/**
 * Keeps in `alive` what is in `holders` too and notes for each endpoint that drops out how many blocks
 * it held. Returns whether any is left.
 */
function narrow(
  alive: Uint32Array,
  holders: Uint32Array,
  held: { matched: Uint32Array; block: number },
): boolean {
  let left = 0;
  for (let word = 0; word < alive.length; word++) {
    const before = alive[word]!;
    const after = before & (holders[word] ?? 0);
    if (after !== before >> 0) noteDropped(word, before & ~after, held);
    alive[word] = after;
    left |= after;
  }
  return left !== 0;
}

function covers(holders: Uint32Array, alive: Uint32Array): boolean {
  for (let word = 0; word < alive.length; word++) {
    if ((alive[word]! & ~holders[word]!) !== 0) return false;
  }
  return true;
}

function noteDropped(
  word: number,
  dropped: number,
  { matched, block }: { matched: Uint32Array; block: number },
): void {
  for (let bits = dropped; bits !== 0;) {
    const bit = 31 - Math.clz32(bits);
    const endpoint = word * 32 + bit;
    if (endpoint < matched.length) matched[endpoint] = block;
    bits &= ~(1 << bit);
  }
}
