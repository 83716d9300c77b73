import type { FailureClass, Sample } from './sample.ts';

/** One class of failures, and what its first one looked like. */
export interface FailureKind {
  failure: FailureClass;
  count: number;
  status: number | undefined;
  problem: string | undefined;
}

/** Keeps of each class of failures what the first one said. What was stopped is no failure. */
export class FailureTally {
  readonly #kinds = new Map<FailureClass, FailureKind>();

  take({ failure, status, problem }: Sample): void {
    if (failure === undefined || failure === 'stopped') return;
    const known = this.#kinds.get(failure);
    if (known) known.count++;
    else this.#kinds.set(failure, { failure, count: 1, status, problem });
  }

  /** In the order of their first ones. */
  get kinds(): FailureKind[] {
    return [...this.#kinds.values()];
  }
}
