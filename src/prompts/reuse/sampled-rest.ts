import { HashIndex } from '../../../mocks/kv/hash-index.ts';
import { IdChain } from './id-chain.ts';
import { LiveCounts } from './live-counts.ts';
import type { Run, Symbols } from './prefix-tree.ts';
import { type EstimatedShare, GROUPS, shareFound } from './sample-groups.ts';

/** Of the rest one block in so many is looked at. */
export const ONE_IN = 64;
/** Sizes of a cache per doubling. */
const STEPS = 8;
const BUCKETS = STEPS * 48;

/** A prompt, of which the first `known` symbols are counted one by one. */
export interface PartlyKnown {
  symbols: Symbols;
  known: number;
  /** Who had those last. */
  runs: readonly Run[];
  /** Tokens of it that may come from a cache. */
  most: number;
}

export interface RestOptions {
  /** Tokens per symbol. */
  unit: number;
  /** Of the curve, and all that are asked about; multiples of the unit. */
  blockSize: number;
  sizes: readonly number[];
  /** Known blocks of each request so far that no later one used. */
  live: LiveCounts;
}

/**
 * The rest of a trace's blocks, once there are too many to count each. Estimated from a fixed share of them, chosen by
 * their hashes and so with all their uses: distances between them are that share of the true ones (SHARDS; Waldspurger,
 * Park, Garthwaite and Ahmad, "Efficient MRC Construction with SHARDS", FAST 2015). What most prompts have in common comes
 * early and is known: left to a sample, a few such blocks would decide everything by being in it or not.
 */
export class SampledRest {
  readonly #options: RestOptions;
  /** Block of the sample → the request that used it last. */
  readonly #users = new HashIndex();
  readonly #live = new LiveCounts();
  /** By size of blocks: how many there were, and by group how many were looked at and how many of these found. */
  readonly #counts: ReadonlyMap<number, { all: number; asked: Float64Array; found: Float64Array }>;
  /** By size of the cache: hits that it has and smaller ones have not; of the sample by group. */
  readonly #knownHits = new Float64Array(BUCKETS);
  readonly #hits = Array.from({ length: BUCKETS }, () => new Float64Array(GROUPS));

  constructor(options: RestOptions) {
    this.#options = options;
    const none = () => ({
      all: 0,
      asked: new Float64Array(GROUPS),
      found: new Float64Array(GROUPS),
    });
    this.#counts = new Map(options.sizes.map((size) => [size, none()]));
    while (this.#live.requests < options.live.requests) this.#live.begin();
  }

  get bytes(): number {
    return this.#users.bytes + this.#live.bytes;
  }

  /** Distinct blocks of the rest, more or less. */
  get distinct(): number {
    return this.#live.total * ONE_IN;
  }

  add(prompt: PartlyKnown): void {
    const { unit, blockSize, live } = this.#options;
    const perBlock = blockSize / unit;
    const own = live.begin();
    this.#live.begin();
    const last = this.#countKnown(prompt, perBlock);
    const taken = this.#countSample(prompt, last);
    for (const { from, to, toucher } of prompt.runs) {
      live.change(toucher, Math.floor(from / perBlock) - Math.floor(to / perBlock));
    }
    live.change(own, Math.floor(prompt.known / perBlock));
    for (const { hash, end, user } of taken) {
      this.#users.set(hash, own);
      if (end % blockSize !== 0) continue;
      if (user !== -1) this.#live.change(user, -1);
      this.#live.change(own, 1);
    }
  }

  /** Blocks of that size beyond the known ones, and the share of them that some earlier prompt had. */
  found(size: number): EstimatedShare & { all: number } {
    const { all, asked, found } = this.#counts.get(size)!;
    return { all, ...shareFound(found, asked) };
  }

  /** By size of the cache, ascending: hits among known blocks, and the share that hits of the others. */
  *hits(): Generator<{ blocks: number; known: number; rest: EstimatedShare }> {
    const { asked } = this.#counts.get(this.#options.blockSize)!;
    const hits = new Float64Array(GROUPS);
    let known = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      known += this.#knownHits[bucket]!;
      this.#hits[bucket]!.forEach((it, group) => (hits[group]! += it));
      const blocks = Math.floor(2 ** ((bucket + 1) / STEPS));
      yield { blocks, known, rest: shareFound(hits, asked) };
    }
  }

  /** Returns who had the last of them, and how far down that was. */
  #countKnown({ runs, most }: PartlyKnown, perBlock: number): { user: number; distance: number } {
    const countable = Math.floor(most / this.#options.blockSize);
    let last = { user: -1, distance: 0 };
    for (const { from, to, toucher } of runs) {
      last = { user: toucher, distance: this.#after(toucher) };
      const end = Math.floor(to / perBlock);
      for (let block = Math.floor(from / perBlock); block < end; block++) {
        last.distance++;
        if (block < countable) this.#knownHits[bucketOf(last.distance)]!++;
      }
    }
    return last;
  }

  /** @param last of the known blocks, which those of the same request lie below */
  #countSample(prompt: PartlyKnown, last: { user: number; distance: number }) {
    const { unit, blockSize } = this.#options;
    const { known, most } = prompt;
    for (const [size, count] of this.#counts) {
      const countable = Math.floor(most / size);
      count.all += countable - Math.min(countable, Math.floor((known * unit) / size));
    }
    let { user, distance } = last;
    return sampleOf(prompt).map(({ hash, index }) => {
      const end = (index + 1) * unit;
      const taken = { hash, end, user: this.#users.get(hash) };
      const group = hash % GROUPS;
      if (end <= most) this.#ask(end, group, taken.user !== -1);
      if (end % blockSize !== 0 || taken.user === -1) return taken;
      if (taken.user !== user) [user, distance] = [taken.user, this.#after(taken.user)];
      distance += ONE_IN;
      if (end <= most) this.#hits[bucketOf(distance)]![group]!++;
      return taken;
    });
  }

  #ask(end: number, group: number, isFound: boolean): void {
    for (const [size, { asked, found }] of this.#counts) {
      if (end % size !== 0) continue;
      asked[group]!++;
      if (isFound) found[group]!++;
    }
  }

  /** Distinct blocks that were used since this request. */
  #after(request: number): number {
    return this.#options.live.after(request) + ONE_IN * this.#live.after(request);
  }
}

/** Those beyond the known ones that are looked at. */
function sampleOf({ symbols, known }: PartlyKnown): { hash: number; index: number }[] {
  const taken: { hash: number; index: number }[] = [];
  const chain = new IdChain();
  for (let index = 0; index < symbols.length; index++) {
    chain.add(symbols[index]!);
    if (index >= known && chain.isOneIn(ONE_IN)) taken.push({ hash: chain.hash, index });
  }
  return taken;
}

function bucketOf(blocks: number): number {
  return Math.min(BUCKETS - 1, Math.max(0, Math.ceil(STEPS * Math.log2(blocks)) - 1));
}
