import type { BlockChain } from './block-hash.ts';
import { BlockTable } from './block-table.ts';

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

  constructor(options: PrefixIndexOptions) {
    this.#options = options;
    this.#words = Math.ceil(options.endpointCount / 32);
    const half = Math.ceil(options.maxBlocks / 2);
    this.#young = new BlockTable(half, this.#words);
    this.#old = new BlockTable(half, this.#words);
    this.#youngSinceMs = options.nowMs();
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** Per endpoint the number of leading blocks it was sent. */
  match(chain: BlockChain): Uint32Array {
    this.#forgetOld();
    const { endpointCount } = this.#options;
    const matched = new Uint32Array(endpointCount);
    const alive = new Uint32Array(this.#words).fill(0xffffffff);
    const holders = new Uint32Array(this.#words);
    let isAlive = true;
    for (let block = 0; isAlive && block < chain.count; block++) {
      holders.fill(0);
      this.#young.collect(chain.low[block]!, chain.high[block]!, holders);
      this.#old.collect(chain.low[block]!, chain.high[block]!, holders);
      isAlive = drop(alive, holders, (endpoint) => {
        if (endpoint < endpointCount) matched[endpoint] = block;
      });
    }
    if (isAlive) eachBit(alive, (endpoint) => setIfKnown(matched, endpoint, chain.count));
    return matched;
  }

  /** Notes that an endpoint was sent all blocks of a prompt. */
  record(chain: BlockChain, endpointIndex: number): void {
    this.#forgetOld();
    const half = Math.ceil(this.#options.maxBlocks / 2);
    for (let block = 0; block < chain.count; block++) {
      if (this.#young.size >= half) this.#turn(this.#options.nowMs());
      this.#young.add(chain.low[block]!, chain.high[block]!, endpointIndex);
    }
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
    this.#youngSinceMs = sinceMs;
  }
}

function setIfKnown(matched: Uint32Array, endpoint: number, blocks: number): void {
  if (endpoint < matched.length) matched[endpoint] = blocks;
}

/** Keeps in `alive` what is in `holders` too, tells what fell out, returns whether any is left. */
function drop(
  alive: Uint32Array,
  holders: Uint32Array,
  onDropped: (endpoint: number) => void,
): boolean {
  let isAlive = false;
  for (let word = 0; word < alive.length; word++) {
    let dropped = (alive[word]! & ~holders[word]!) >>> 0;
    alive[word]! &= holders[word]!;
    if (alive[word] !== 0) isAlive = true;
    while (dropped !== 0) {
      const bit = 31 - Math.clz32(dropped);
      onDropped(word * 32 + bit);
      dropped = (dropped & ~(1 << bit)) >>> 0;
    }
  }
  return isAlive;
}

function eachBit(words: Uint32Array, visit: (bit: number) => void): void {
  drop(new Uint32Array(words), new Uint32Array(words.length), visit);
}
