import { grown } from './grown.ts';
import { LiveCounts } from './live-counts.ts';
import type { Run } from './prefix-tree.ts';

/** How many blocks a sequence has and what of them may count. */
export interface Blocks {
  /** Full blocks. */
  total: number;
  /** Blocks that may come from a cache: one token at least is always computed. */
  countable: number;
}

/**
 * LRU stack distances of blocks, for caches of every size in one pass (Mattson, Gecsei, Slutz, Traiger,
 * "Evaluation techniques for storage hierarchies", 1970). A request uses its blocks together, the
 * last before the first, so what a request used last is always the end of its blocks: the stack is
 * kept as one count per request, and a block's parents always lie above it.
 */
export class StackDistances {
  /** Symbols per block. */
  readonly #symbols: number;
  /** Blocks of each request that no later one used. */
  readonly live = new LiveCounts();
  /** Hits at distance d begin (+) and end (−) here. */
  #deltas = new Int32Array(64);

  constructor(symbols: number) {
    this.#symbols = symbols;
  }

  /** Distinct blocks so far: no cache needs more. */
  get distinct(): number {
    return this.live.total;
  }

  get bytes(): number {
    return this.live.bytes + this.#deltas.byteLength;
  }

  /** @param runs of the tree, in order */
  add(runs: readonly Run[], { total, countable }: Blocks): void {
    const live = this.live;
    const own = live.begin();
    for (const { from, to, toucher } of runs) {
      const [first, end] = this.#blocksOf(from, to);
      const counted = Math.min(end, countable) - first;
      if (counted > 0) this.#count(live.after(toucher) + 1, counted);
    }
    for (const { from, to, toucher } of runs) {
      const [first, end] = this.#blocksOf(from, to);
      if (end > first) live.change(toucher, first - end);
    }
    live.change(own, total);
  }

  /** Hits, in blocks, of a cache by its size in blocks: ascending, one entry per size up to the last that adds any. */
  *hits(): Generator<{ blocks: number; hits: number }> {
    let [rate, hits] = [0, 0];
    for (let blocks = 1; blocks < this.#deltas.length; blocks++) {
      rate += this.#deltas[blocks]!;
      hits += rate;
      if (rate > 0) yield { blocks, hits };
    }
  }

  /** Blocks that end within a run, as first and end. */
  #blocksOf(from: number, to: number): [first: number, end: number] {
    return [Math.floor(from / this.#symbols), Math.floor(to / this.#symbols)];
  }

  #count(distance: number, blocks: number): void {
    this.#deltas = grown(this.#deltas, distance + blocks + 1);
    this.#deltas[distance]!++;
    this.#deltas[distance + blocks]!--;
  }
}
