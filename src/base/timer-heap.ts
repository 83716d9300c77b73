/** Something at a time; `order` settles ties. */
interface Timed {
  atMs: number;
  order: number;
}

/** Something to run then. */
export interface Timer extends Timed {
  run: () => void;
}

function isBefore(a: Timed, b: Timed): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** Binary min-heap: a virtual run sets millions of timers, a sorted array would be quadratic. */
export class TimerHeap<T extends Timed = Timer> {
  readonly #items: T[] = [];

  peek(): T | undefined {
    return this.#items[0];
  }

  push(timer: T): void {
    const items = this.#items;
    let index = items.length;
    items.push(timer);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = items[parentIndex]!;
      if (!isBefore(timer, parent)) break;
      items[index] = parent;
      index = parentIndex;
    }
    items[index] = timer;
  }

  pop(): void {
    const items = this.#items;
    const last = items.pop();
    if (last === undefined || items.length === 0) return;
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      if (childIndex >= items.length) break;
      const right = childIndex + 1;
      if (right < items.length && isBefore(items[right]!, items[childIndex]!)) childIndex = right;
      const child = items[childIndex]!;
      if (!isBefore(child, last)) break;
      items[index] = child;
      index = childIndex;
    }
    items[index] = last;
  }
}
