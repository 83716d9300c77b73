/** Hands on what comes with numbers from 0 in the order of the numbers; what is missing holds up the rest. */
export class InOrder<T> {
  readonly #take: (item: T) => void;
  readonly #waiting = new Map<number, T>();
  #next = 0;

  constructor(take: (item: T) => void) {
    this.#take = take;
  }

  push(number: number, item: T): void {
    this.#waiting.set(number, item);
    for (let next = this.#waiting.get(this.#next); next !== undefined;) {
      this.#waiting.delete(this.#next++);
      this.#take(next);
      next = this.#waiting.get(this.#next);
    }
  }
}
