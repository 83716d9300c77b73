import { ChildTable } from './child-table.ts';
import { grown } from './grown.ts';

/** A stretch of a sequence that was added last by one earlier sequence; symbols from `from` up to `to`. */
export interface Run {
  from: number;
  to: number;
  /** Number of the latest sequence that has it. */
  toucher: number;
}

/** What one more sequence found. */
export interface Found {
  /** Symbols of its beginning that earlier sequences have. */
  matched: number;
  /** Of those, who had them last, in order. The list is used again by the next `add`. */
  runs: readonly Run[];
}

/** A beginning that sequences share, as far as they go together. */
export interface Beginning {
  /** The beginning that it goes on from; -1 for none. */
  parent: number;
  from: number;
  to: number;
  /** Sequences that have all of it. */
  count: number;
  label: string;
}

/** Token ids; ids of a trace's blocks, which may be any whole numbers. */
export type Symbols = Uint32Array | Float64Array;

const NONE = -1;

/**
 * Radix tree over sequences of symbols (token ids, or ids of blocks): the longest beginning that any
 * earlier sequence has, to the symbol, and who had each part of it last. Holds every distinct
 * symbol once, so 4 or 8 bytes per symbol and some 30 per place where sequences part.
 */
export class PrefixTree {
  readonly #roots = new Map<string, number>();
  readonly #children: ChildTable;
  #symbols: Symbols;
  readonly #symbolsMax: number;
  #symbolCount = 0;
  #nodeCount = 0;
  #starts = new Float64Array(64);
  #lengths = new Uint32Array(64);
  #parents = new Int32Array(64);
  #touchers = new Int32Array(64);
  #counts = new Uint32Array(64);
  #labels: string[] = [];
  readonly #runs: Run[] = [];
  #sequences = 0;

  /**
   * @param isWide its symbols do not fit 32 bits
   * @param symbolsMax from so many distinct ones on it takes up no new beginning
   */
  constructor({ isWide = false, symbolsMax = Infinity } = {}) {
    this.#symbols = new (isWide ? Float64Array : Uint32Array)(1_024);
    this.#symbolsMax = symbolsMax;
    this.#children = new ChildTable({
      parentOf: (node) => this.#parents[node]!,
      firstOf: (node) => this.#symbols[this.#starts[node]!]!,
    });
  }

  /** Distinct symbols, each in its place. */
  get distinct(): number {
    return this.#symbolCount;
  }

  /** Whether there are beginnings from now on that it does not know. */
  get isFull(): boolean {
    return this.#symbolCount >= this.#symbolsMax;
  }

  /** Bytes of the tree's own storage, without labels. */
  get bytes(): number {
    const columns = [this.#symbols, this.#starts, this.#lengths, this.#parents];
    const all = [...columns, this.#touchers, this.#counts];
    return all.reduce((sum, { byteLength }) => sum + byteLength, this.#children.bytes);
  }

  /**
   * Adds a sequence.
   * @param root what must be equal before anything is shared
   * @param labelAt names a place in it, asked where it parts from others
   */
  add(symbols: Symbols, root: string, labelAt: (at: number) => string): Found {
    const sequence = this.#sequences++;
    this.#runs.length = 0;
    let node = this.#rootOf(root);
    let at = 0;
    while (at < symbols.length) {
      const child = this.#children.get(node, symbols[at]!);
      if (child === NONE) {
        if (!this.isFull) {
          this.#leaf(node, symbols.subarray(at), sequence, labelAt(symbols.length));
        }
        break;
      }
      const length = this.#sharedWith(child, symbols, at);
      const isWhole = length === this.#lengths[child];
      node = isWhole ? child : this.#split(child, length, labelAt(at + length));
      this.#touch(node, at, sequence);
      at += length;
    }
    return { matched: this.#runs.at(-1)?.to ?? 0, runs: this.#runs };
  }

  /** The beginnings of two or more sequences that hold the most repeated symbols, parents before children. */
  beginnings(max: number): Beginning[] {
    const shared: number[] = [];
    for (let node = 0; node < this.#nodeCount; node++) {
      if (this.#counts[node]! > 1 && this.#lengths[node]! > 0) shared.push(node);
    }
    const weight = (node: number): number => (this.#counts[node]! - 1) * this.#lengths[node]!;
    const kept = new Set<number>();
    for (const node of shared.toSorted((a, b) => weight(b) - weight(a) || a - b).slice(0, max)) {
      for (let it = node; it >= 0 && this.#lengths[it]! > 0; it = this.#parents[it]!) kept.add(it);
    }
    const depth = (node: number): number =>
      this.#lengths[node] === 0 ? 0 : this.#lengths[node]! + depth(this.#parents[node]!);
    const nodes = [...kept].map((node) => ({ node, to: depth(node) }));
    nodes.sort((a, b) => a.to - this.#lengths[a.node]! - (b.to - this.#lengths[b.node]!));
    return nodes.map(({ node, to }) => ({
      parent: nodes.findIndex((it) => it.node === this.#parents[node]),
      from: to - this.#lengths[node]!,
      to,
      count: this.#counts[node]!,
      label: this.#labels[node]!,
    }));
  }

  #rootOf(name: string): number {
    const known = this.#roots.get(name);
    if (known !== undefined) return known;
    const node = this.#make({ start: 0, length: 0, parent: NONE, toucher: NONE, count: 0 });
    this.#roots.set(name, node);
    return node;
  }

  /** Symbols that the edge to `node` has in common with the sequence from `at` on: at least one. */
  #sharedWith(node: number, symbols: Symbols, at: number): number {
    const own = this.#symbols;
    const start = this.#starts[node]!;
    const max = Math.min(this.#lengths[node]!, symbols.length - at);
    let length = 1;
    while (length < max && own[start + length] === symbols[at + length]) length++;
    return length;
  }

  #touch(node: number, from: number, sequence: number): void {
    const toucher = this.#touchers[node]!;
    const to = from + this.#lengths[node]!;
    const last = this.#runs.at(-1);
    if (last?.toucher === toucher) last.to = to;
    else this.#runs.push({ from, to, toucher });
    this.#touchers[node] = sequence;
    this.#counts[node]!++;
  }

  #leaf(parent: number, symbols: Symbols, sequence: number, label: string): void {
    const start = this.#symbolCount;
    this.#symbols = grown(this.#symbols, start + symbols.length);
    this.#symbols.set(symbols, start);
    this.#symbolCount += symbols.length;
    const { length } = symbols;
    const node = this.#make({ start, length, parent, toucher: sequence, count: 1 });
    this.#labels[node] = label;
    this.#children.insert(node);
  }

  /** Parts the edge to `node` after `length` symbols; returns the upper part, a new node. */
  #split(node: number, length: number, label: string): number {
    const upper = this.#make({
      start: this.#starts[node]!,
      length,
      parent: this.#parents[node]!,
      toucher: this.#touchers[node]!,
      count: this.#counts[node]!,
    });
    this.#labels[upper] = label;
    this.#children.replace(node, upper);
    this.#starts[node]! += length;
    this.#lengths[node]! -= length;
    this.#parents[node] = upper;
    this.#children.insert(node);
    return upper;
  }

  #make(made: {
    start: number;
    length: number;
    parent: number;
    toucher: number;
    count: number;
  }): number {
    const node = this.#nodeCount++;
    this.#starts = grown(this.#starts, node + 1);
    this.#lengths = grown(this.#lengths, node + 1);
    this.#parents = grown(this.#parents, node + 1);
    this.#touchers = grown(this.#touchers, node + 1);
    this.#counts = grown(this.#counts, node + 1);
    this.#starts[node] = made.start;
    this.#lengths[node] = made.length;
    this.#parents[node] = made.parent;
    this.#touchers[node] = made.toucher;
    this.#counts[node] = made.count;
    this.#labels.push('');
    return node;
  }
}
