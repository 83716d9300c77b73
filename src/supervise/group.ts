import type { Clock } from '../base/clock.ts';
import { type Child, type ChildSpec, childDied, startChild } from './child.ts';

/**
 * Children that live and die together. When one ends before `stop`, `signal` is aborted with
 * CHILD_DIED; whoever waits on that signal stops waiting.
 */
export class ChildGroup {
  readonly signal: AbortSignal;
  readonly #failure = new AbortController();
  /** Children of one stage start and stop together; stages stop last started first. */
  readonly #stages: Child[][] = [];
  readonly #nodePath: string;
  readonly #clock: Clock;
  #isStopping = false;

  /** @param outer the run's own signal; aborting it aborts `signal` with the same reason */
  constructor(nodePath: string, clock: Clock, outer: AbortSignal) {
    this.#nodePath = nodePath;
    this.#clock = clock;
    this.signal = AbortSignal.any([outer, this.#failure.signal]);
  }

  /**
   * Starts one stage.
   * @throws KvcacheError CHILD_NOT_STARTED; the signal's reason when it was aborted before
   */
  start(specs: readonly ChildSpec[]): Child[] {
    this.signal.throwIfAborted();
    const stage: Child[] = [];
    this.#stages.push(stage);
    for (const spec of specs) {
      const child = startChild(spec, this.#nodePath, this.#clock);
      stage.push(child);
      void this.#watch(child);
    }
    return stage;
  }

  /** Stops every stage, last started first. Safe to call twice. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (let stage = this.#stages.pop(); stage; stage = this.#stages.pop()) {
      await Promise.all(stage.map((child) => child.stop()));
    }
  }

  async #watch(child: Child): Promise<void> {
    const exit = await child.exited;
    if (this.#isStopping) return;
    this.#failure.abort(await childDied(child, exit));
  }
}
