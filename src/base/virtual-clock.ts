import type { Clock } from './clock.ts';

interface Timer {
  atMs: number;
  order: number;
  run: () => void;
}

/**
 * A clock that moves only when told. Timers fire in due order, ties in the order they were set,
 * and see `nowMs()` equal to their due time.
 */
export class VirtualClock implements Clock {
  #nowMs: number;
  #order = 0;
  readonly #epochMs: number;
  readonly #timers = new TimerHeap();

  /** @param epochMs wall time at virtual zero */
  constructor(epochMs = 1_790_000_000_000) {
    this.#nowMs = 0;
    this.#epochMs = epochMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#epochMs + this.#nowMs;
  }

  at(atMs: number, run: () => void): () => void {
    const timer: Timer = { atMs: Math.max(atMs, this.#nowMs), order: this.#order++, run };
    this.#timers.push(timer);
    return () => {
      timer.run = () => {};
    };
  }

  /** Due time of the next timer, or undefined when none is set. */
  nextDueMs(): number | undefined {
    return this.#timers.peek()?.atMs;
  }

  /** Moves to `toMs`, firing everything due on the way. */
  advanceTo(toMs: number): void {
    for (let next = this.#timers.peek(); next && next.atMs <= toMs; next = this.#timers.peek()) {
      this.#timers.pop();
      this.#nowMs = next.atMs;
      next.run();
    }
    this.#nowMs = Math.max(this.#nowMs, toMs);
  }

  advanceBy(ms: number): void {
    this.advanceTo(this.#nowMs + ms);
  }

  /** Fires timers until none is left. */
  runToIdle(): void {
    for (let due = this.nextDueMs(); due !== undefined; due = this.nextDueMs()) this.advanceTo(due);
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** Binary min-heap: a virtual run sets millions of timers, a sorted array would be quadratic. */
class TimerHeap {
  readonly #items: Timer[] = [];

  peek(): Timer | undefined {
    return this.#items[0];
  }

  push(timer: Timer): void {
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
