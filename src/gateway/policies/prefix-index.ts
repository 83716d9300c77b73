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
  /** Sets of holders, one for each depth of a look-up. */
  readonly #scratch: Uint32Array[] = [];
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
    if (chain.count > 0) {
      const all = new Uint32Array(this.#words).fill(0xffff_ffff);
      const first = this.#holdersOf(chain, 0, all, 0);
      const nobody = new Uint32Array(this.#words);
      this.#part(chain, { low: 0, before: first, high: chain.count, after: nobody }, matched, 1);
    }
    return matched;
  }

  /** Notes that an endpoint was sent all blocks of a prompt; false where that was known. */
  record(chain: RecordedChain, endpointIndex: number): boolean {
    this.#forgetOld();
    const { recorded } = chain;
    const isRecorded = recorded?.generation === this.#generation;
    if (isRecorded && recorded.endpoints.has(endpointIndex)) return false;
    const half = Math.ceil(this.#options.maxBlocks / 2);
    const end = Math.min(chain.count, half);
    let block = this.#leadingOf(chain, endpointIndex);
    while (block < end) {
      // What a generation knows of a prompt it knows from its beginning on; see `#part`.
      if (this.#young.size >= half) {
        this.#turn(this.#options.nowMs());
        block = 0;
      }
      this.#young.add(chain.low[block]!, chain.high[block]!, endpointIndex);
      block++;
    }
    if (recorded?.generation === this.#generation) recorded.endpoints.add(endpointIndex);
    else chain.recorded = { generation: this.#generation, endpoints: new Set([endpointIndex]) };
    return true;
  }

  /**
   * Notes for each endpoint that drops out between two blocks how many it held. Who holds a block holds all before it,
   * so that the holders become fewer along a prompt, and only where they do is looked at every block.
   */
  #part(
    chain: BlockChain,
    { low, before, high, after }: Stretch,
    matched: Uint32Array,
    depth: number,
  ): void {
    if (areEqual(before, after)) return;
    if (high - low === 1) {
      noteDropped(before, after, { matched, block: high });
      return;
    }
    const middle = (low + high) >> 1;
    const holders = this.#holdersOf(chain, middle, before, depth);
    this.#part(chain, { low, before, high: middle, after: holders }, matched, depth + 1);
    this.#part(chain, { low: middle, before: holders, high, after }, matched, depth + 1);
  }

  /** @param alive nobody else can be among them */
  #holdersOf(chain: BlockChain, block: number, alive: Uint32Array, depth: number): Uint32Array {
    const holders = (this.#scratch[depth] ??= new Uint32Array(this.#words)).fill(0);
    const [low, high] = [chain.low[block]!, chain.high[block]!];
    this.#young.collect(low, high, holders);
    // Where the young generation knows every endpoint still in question, the old one has no say.
    if (!areEqual(holders, alive)) this.#old.collect(low, high, holders);
    return holders;
  }

  /** Leading blocks that the young generation knows the endpoint to hold. */
  #leadingOf({ count, low, high }: RecordedChain, endpointIndex: number): number {
    let [known, unknown] = [0, count];
    while (known < unknown) {
      const middle = (known + unknown) >> 1;
      if (this.#young.isHeld(low[middle]!, high[middle]!, endpointIndex)) known = middle + 1;
      else unknown = middle;
    }
    return known;
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

/** Blocks from `low` up to `high` of a chain, and who holds those two. */
interface Stretch {
  low: number;
  before: Uint32Array;
  high: number;
  after: Uint32Array;
}

function areEqual(a: Uint32Array, b: Uint32Array): boolean {
  for (let word = 0; word < a.length; word++) if (a[word] !== b[word]) return false;
  return true;
}

function noteDropped(
  before: Uint32Array,
  after: Uint32Array,
  { matched, block }: { matched: Uint32Array; block: number },
): void {
  for (let word = 0; word < before.length; word++) {
    for (let bits = before[word]! & ~after[word]!; bits !== 0;) {
      const bit = 31 - Math.clz32(bits);
      const endpoint = word * 32 + bit;
      if (endpoint < matched.length) matched[endpoint] = block;
      bits &= ~(1 << bit);
    }
  }
}
