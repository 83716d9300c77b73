import { PrefixTree, type Beginning, type Found } from './prefix-tree.ts';
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
}

/** What a cache of a size would give. */
export interface CurvePoint {
  blocks: number;
  tokens: number;
  /** Of all prompt tokens. */
  share: number;
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
}

export interface ReuseOptions {
  /** Tokens that one symbol stands for: 1, or those of a trace's id. */
  unit: number;
  /** Of the curve; a multiple of the unit. */
  blockSize: number;
}

/** Counts what of a stream of prompts could be reused, in one pass. */
export class Reuse {
  readonly #tree = new PrefixTree();
  readonly #distances: StackDistances;
  readonly #options: ReuseOptions;
  readonly #reusable: Map<number, number>;
  #toTheToken = 0;
  #tokens = 0;

  constructor(options: ReuseOptions) {
    this.#options = options;
    const sizes = [...new Set([...BLOCK_SIZES, options.blockSize])].toSorted((a, b) => a - b);
    this.#reusable = new Map(sizes.map((size) => [size, 0]));
    this.#distances = new StackDistances(options.blockSize / options.unit);
  }

  get promptTokens(): number {
    return this.#tokens;
  }

  /** Bytes of tree and distances. */
  get bytes(): number {
    return this.#tree.bytes + this.#distances.bytes;
  }

  get distinctSymbols(): number {
    return this.#tree.distinct;
  }

  /**
   * @param symbols tokens, or ids of as many tokens as a unit has
   * @param tokens of the prompt
   * @returns symbols of its beginning that some earlier prompt has
   */
  add(
    symbols: Uint32Array,
    tokens: number,
    { root, labelAt }: { root: string; labelAt: (at: number) => string },
  ): number {
    const { unit, blockSize } = this.#options;
    const found: Found = this.#tree.add(symbols, root, labelAt);
    this.#tokens += tokens;
    // An engine computes one token at least, to have something to go on from.
    const most = Math.min(found.matched * unit, Math.max(0, tokens - 1));
    this.#toTheToken += most;
    for (const [size, tokensSoFar] of this.#reusable) {
      this.#reusable.set(size, tokensSoFar + most - (most % size));
    }
    this.#distances.add(found.runs, {
      total: Math.floor(tokens / blockSize),
      countable: Math.floor(Math.max(0, tokens - 1) / blockSize),
    });
    return found.matched;
  }

  shares(): ReuseShare[] {
    const { unit } = this.#options;
    const share = (blockSize: number | null, tokens: number, isKnown: boolean): ReuseShare => ({
      blockSize,
      reusableTokens: isKnown ? tokens : null,
      share: isKnown && this.#tokens > 0 ? tokens / this.#tokens : null,
    });
    return [
      share(null, this.#toTheToken, unit === 1),
      ...[...this.#reusable].map(([size, reusable]) => share(size, reusable, size % unit === 0)),
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
    for (const { blocks, hits } of this.#distances.hits()) {
      const share = (hits * blockSize) / this.#tokens;
      all.push({ blocks, tokens: blocks * blockSize, share });
    }
    const best = all.at(-1)?.share ?? 0;
    return {
      blockSize,
      distinctBlocks: this.#distances.distinct,
      points: thinned(all),
      knee: kneeOf(all),
      nearlyAll: all.find(({ share }) => share >= 0.95 * best) ?? null,
    };
  }
}

const POINTS_MAX = 200;

/** Some of the points, evenly by the logarithm of the size, the first and the last among them. */
function thinned(all: readonly CurvePoint[]): CurvePoint[] {
  if (all.length <= POINTS_MAX) return [...all];
  const ratio = all.at(-1)!.blocks / all[0]!.blocks;
  const kept: CurvePoint[] = [all[0]!];
  for (const [index, point] of all.entries()) {
    const due = all[0]!.blocks * ratio ** (kept.length / (POINTS_MAX - 1));
    if (index === all.length - 1 || (index > 0 && point.blocks >= due)) kept.push(point);
  }
  return kept;
}

/**
 * The knee of a concave curve: where it lies highest above the straight line between its ends (Satopää et
 * al., "Finding a 'Kneedle' in a Haystack", 2011). Null for fewer than three points.
 */
function kneeOf(all: readonly CurvePoint[]): CurvePoint | null {
  const last = all.at(-1);
  if (last === undefined || all.length < 3) return null;
  let [knee, height]: [CurvePoint, number] = [last, 0];
  for (const point of all) {
    const above = point.share / last.share - point.blocks / last.blocks;
    if (above > height) [knee, height] = [point, above];
  }
  return knee;
}
