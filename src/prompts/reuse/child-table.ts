interface Nodes {
  parentOf(node: number): number;
  /** First symbol on the edge to it. */
  firstOf(node: number): number;
}

const EMPTY = -1;

/** From a node and a symbol to the child whose edge begins with it: open addressing over node numbers alone. */
export class ChildTable {
  readonly #nodes: Nodes;
  #cells = new Int32Array(64).fill(EMPTY);
  #size = 0;

  constructor(nodes: Nodes) {
    this.#nodes = nodes;
  }

  get bytes(): number {
    return this.#cells.byteLength;
  }

  /** -1 for none. */
  get(parent: number, symbol: number): number {
    return this.#cells[this.#cellOf(parent, symbol)]!;
  }

  insert(node: number): void {
    if ((this.#size + 1) * 2 > this.#cells.length) this.#grow();
    this.#cells[this.#home(node)] = node;
    this.#size++;
  }

  /** `upper` stands where `node` stood: same parent, same first symbol. */
  replace(node: number, upper: number): void {
    this.#cells[this.#home(node)] = upper;
  }

  #home(node: number): number {
    return this.#cellOf(this.#nodes.parentOf(node), this.#nodes.firstOf(node));
  }

  /** The cell that holds the child, or the empty one where it belongs. */
  #cellOf(parent: number, symbol: number): number {
    const mask = this.#cells.length - 1;
    let cell = mixed(parent, symbol) & mask;
    for (;;) {
      const node = this.#cells[cell]!;
      if (node === EMPTY) return cell;
      if (this.#nodes.parentOf(node) === parent && this.#nodes.firstOf(node) === symbol)
        return cell;
      cell = (cell + 1) & mask;
    }
  }

  #grow(): void {
    const before = this.#cells;
    this.#cells = new Int32Array(before.length * 2).fill(EMPTY);
    for (const node of before) if (node !== EMPTY) this.#cells[this.#home(node)] = node;
  }
}

const WORD = 2 ** 32;

function mixed(parent: number, symbol: number): number {
  let hash = Math.imul(parent ^ 0x9e3779b9, 0x85ebca6b) ^ symbol;
  if (symbol >>> 0 !== symbol) hash ^= Math.imul(Math.floor(symbol / WORD), 0x27d4eb2f);
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
  return hash ^ (hash >>> 13);
}
