/** Lets one request of a session out at a time, in the order they were drawn. */
export class SessionTurns<T> {
  /** Sessions with a request in flight → requests waiting for it. */
  readonly #waiting = new Map<string, T[]>();

  /** @returns whether it may go at once; else it waits for {@link release} */
  enter(session: string | undefined, turn: T): boolean {
    if (session === undefined) return true;
    const queue = this.#waiting.get(session);
    if (queue) queue.push(turn);
    else this.#waiting.set(session, []);
    return queue === undefined;
  }

  /** The one in flight is answered: the next of its session, if one waits. */
  release(session: string): T | undefined {
    const next = this.#waiting.get(session)?.shift();
    if (next === undefined) this.#waiting.delete(session);
    return next;
  }

  /** @returns how many waited, none of which will go */
  drop(): number {
    let dropped = 0;
    for (const queue of this.#waiting.values()) {
      dropped += queue.length;
      queue.length = 0;
    }
    return dropped;
  }
}
