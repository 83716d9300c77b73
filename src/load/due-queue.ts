/** Times at which requests became due and that wait for a free connection, oldest first. */
export class DueQueue {
  readonly #times: number[] = [];
  #from = 0;

  get size(): number {
    return this.#times.length - this.#from;
  }

  push(dueMs: number): void {
    this.#times.push(dueMs);
  }

  /** The oldest; only while there is one. */
  shift(): number {
    const dueMs = this.#times[this.#from++]!;
    if (this.size === 0) this.clear();
    return dueMs;
  }

  /** @returns how many waited */
  clear(): number {
    const { size } = this;
    this.#times.length = 0;
    this.#from = 0;
    return size;
  }
}
