import { type CurvePoint, kneeOf, nearlyAllOf, thinned } from './curve.ts';
import { type Beginning, PrefixTree, type Symbols } from './prefix-tree.ts';
import { ONE_IN, SampledRest } from './sampled-rest.ts';
import { StackDistances } from './stack-distances.ts';

/** Block sizes of engines that are asked about. */
const BLOCK_SIZES = [16, 64, 128, 256] as const;

/** How much of all prompts could come from a cache that never forgets. */
export interface ReuseShare {
  /** Tokens per block; null: to the token. */
  blockSize: number | null;
  /** Null where the file does not tell. */
  reusableTokens: number | null;
  share: number | null;
  /** Half the width of its 95 % interval, where some blocks were estimated; absent where all were counted. */
  error?: number;
}

export interface ReuseCurve {
  blockSize: number;
  /** Distinct blocks of all prompts: a cache of that size never evicts. */
  distinctBlocks: number;
  points: CurvePoint[];
  /** Where more cache begins to buy little (the point farthest above the line from first to last). */
  knee: CurvePoint | null;
  /** The smallest cache that gives 95 % of what an endless one gives. */
  nearlyAll: CurvePoint | null;
  /** Of the blocks beyond those counted one by one, one in so many was looked at; absent where all were counted. */
  sampledOneIn?: number;
}

export interface ReuseOptions {
  /** Tokens that one symbol stands for: 1, or those of a trace's id. */
  unit: number;
  /** Symbols are ids of a trace: any whole numbers, and not below 2^32. Default false. */
  isTrace?: boolean;
  /** Distinct symbols that are counted one by one; the rest is estimated. Default: all. */
  symbolsMax?: number | undefined;
  /** Of the curve; a multiple of the unit. */
  blockSize: number;
}

/** Counts what of a stream of prompts could be reused, in one pass. */
export class Reuse {
  readonly #tree: PrefixTree;
  readonly #distances: StackDistances;
  readonly #options: ReuseOptions;
  /** Tokens in blocks that are counted one by one, by size. */
  readonly #reusable: Map<number, number>;
  #toTheToken = 0;
  #tokens = 0;
  /** Of what the tree has no room for. */
  #rest: SampledRest | undefined;

  constructor(options: ReuseOptions) {
    const { isTrace = false, symbolsMax } = options;
    this.#options = options;
    this.#tree = new PrefixTree({ isWide: isTrace, symbolsMax });
    const sizes = [...new Set([...BLOCK_SIZES, options.blockSize])].toSorted((a, b) => a - b);
    this.#reusable = new Map(sizes.map((size) => [size, 0]));
    this.#distances = new StackDistances(options.blockSize / options.unit);
  }

  get promptTokens(): number {
    return this.#tokens;
  }

  /** Bytes of tree, distances and sample. */
  get bytes(): number {
    return this.#tree.bytes + this.#distances.bytes + (this.#rest?.bytes ?? 0);
  }

  /**
   * @param symbols tokens, or ids of as many tokens as a unit has
   * @param tokens of the prompt
   * @returns symbols of its beginning that some earlier prompt has, as far as they are counted one by one
   */
  add(
    symbols: Symbols,
    tokens: number,
    { root, labelAt }: { root: string; labelAt: (at: number) => string },
  ): number {
    const { unit, blockSize } = this.#options;
    if (this.#tree.isFull) this.#rest ??= this.#beginRest();
    const { matched, runs } = this.#tree.add(symbols, root, labelAt);
    this.#tokens += tokens;
    // An engine computes one token at least, to have something to go on from.
    const most = Math.max(0, tokens - 1);
    const reused = Math.min(matched * unit, most);
    this.#toTheToken += reused;
    for (const [size, tokensSoFar] of this.#reusable) {
      this.#reusable.set(size, tokensSoFar + reused - (reused % size));
    }
    if (this.#rest) this.#rest.add({ symbols, known: matched, runs, most });
    else {
      const total = Math.floor(tokens / blockSize);
      this.#distances.add(runs, { total, countable: Math.floor(most / blockSize) });
    }
    return matched;
  }

  shares(): ReuseShare[] {
    const { unit } = this.#options;
    const isToTheToken = unit === 1 && !this.#rest;
    const counted = this.#shareOf(null, isToTheToken ? this.#toTheToken : null);
    return [
      counted,
      ...[...this.#reusable].map(([size, reusable]) => {
        if (size % unit !== 0) return this.#shareOf(size, null);
        if (!this.#rest) return this.#shareOf(size, reusable);
        const { all, share, error } = this.#rest.found(size);
        const estimated = this.#shareOf(size, Math.round(reusable + share * all * size));
        return { ...estimated, error: (error * all * size) / this.#tokens };
      }),
    ];
  }

  beginnings(max: number): Beginning[] {
    const { unit } = this.#options;
    return this.#tree
      .beginnings(max)
      .map((it) => ({ ...it, from: it.from * unit, to: it.to * unit }));
  }

  curve(): ReuseCurve {
    const { blockSize } = this.#options;
    const all: CurvePoint[] = [];
    for (const { blocks, hits } of this.#hits()) {
      const share = (hits * blockSize) / this.#tokens;
      all.push({ blocks, tokens: blocks * blockSize, share });
    }
    return {
      blockSize,
      distinctBlocks: this.#distances.distinct + (this.#rest?.distinct ?? 0),
      points: thinned(all),
      knee: kneeOf(all),
      nearlyAll: nearlyAllOf(all),
      ...(this.#rest && { sampledOneIn: ONE_IN }),
    };
  }

  #beginRest(): SampledRest {
    const { unit, blockSize } = this.#options;
    const sizes = [...this.#reusable.keys()].filter((size) => size % unit === 0);
    return new SampledRest({ unit, blockSize, sizes, live: this.#distances.live });
  }

  /** @param reusableTokens null where the file does not tell */
  #shareOf(blockSize: number | null, reusableTokens: number | null): ReuseShare {
    const isKnown = reusableTokens !== null && this.#tokens > 0;
    return { blockSize, reusableTokens, share: isKnown ? reusableTokens / this.#tokens : null };
  }

  /** Hits by size of the cache, both in blocks. */
  *#hits(): Generator<{ blocks: number; hits: number }> {
    if (!this.#rest) {
      yield* this.#distances.hits();
      return;
    }
    const counted = [...this.#distances.hits()];
    const { all } = this.#rest.found(this.#options.blockSize);
    let [at, before] = [0, 0];
    for (const { blocks, known, rest } of this.#rest.hits()) {
      while (at < counted.length && counted[at]!.blocks <= blocks) at++;
      const hits = (counted[at - 1]?.hits ?? 0) + known + rest.share * all;
      if (hits > before) yield { blocks, hits };
      before = hits;
    }
  }
}
