import { grown } from './grown.ts';

/** A count for each of a row of requests, and at any time how much all later ones have together. */
export class LiveCounts {
  #counts = new Int32Array(64);
  /** Fenwick tree over the counts (P. Fenwick, "A new data structure for cumulative frequency tables", 1994). */
  #sums = new Int32Array(65);
  requests = 0;
  total = 0;

  get bytes(): number {
    return this.#counts.byteLength + this.#sums.byteLength;
  }

  /** One more request, with nothing yet; returns its number, from 0. */
  begin(): number {
    const request = this.requests++;
    if (request >= this.#counts.length) this.#grow(request * 2);
    return request;
  }

  /** All that later requests have. */
  after(request: number): number {
    let sum = 0;
    for (let node = request + 1; node > 0; node -= node & -node) sum += this.#sums[node]!;
    return this.total - sum;
  }

  change(request: number, by: number): void {
    this.#counts[request]! += by;
    this.total += by;
    for (let node = request + 1; node < this.#sums.length; node += node & -node) {
      this.#sums[node]! += by;
    }
  }

  #grow(length: number): void {
    this.#counts = grown(this.#counts, length);
    this.#sums = new Int32Array(this.#counts.length + 1);
    for (let node = 1; node < this.#sums.length; node++) {
      this.#sums[node]! += this.#counts[node - 1]!;
      const next = node + (node & -node);
      if (next < this.#sums.length) this.#sums[next]! += this.#sums[node]!;
    }
  }
}
