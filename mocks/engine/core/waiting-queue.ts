import type { Sequence } from './sequence.ts';

/**
 * Waiting requests by priority, arrival, key. The key decides between arrivals of one instant, so
 * the order in which they were handed in does not.
 */
export class WaitingQueue {
  readonly #items: Sequence[] = [];

  get length(): number {
    return this.#items.length;
  }

  get head(): Sequence | undefined {
    return this.#items[0];
  }

  add(sequence: Sequence): void {
    let low = 0;
    let high = this.#items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(this.#items[middle]!, sequence) <= 0) low = middle + 1;
      else high = middle;
    }
    this.#items.splice(low, 0, sequence);
  }

  shift(): Sequence | undefined {
    return this.#items.shift();
  }

  remove(sequence: Sequence): boolean {
    const index = this.#items.indexOf(sequence);
    if (index >= 0) this.#items.splice(index, 1);
    return index >= 0;
  }
}

function compare(a: Sequence, b: Sequence): number {
  return (
    a.priority - b.priority ||
    a.arrivalMs - b.arrivalMs ||
    compareText(a.key, b.key) ||
    a.occurrence - b.occurrence
  );
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
