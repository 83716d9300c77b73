import { wilsonInterval } from '../stats/wilson.ts';

const FINISHED_MIN = 10;

/**
 * Says when going on is pointless: at least ten requests have finished and the error rate is above
 * the limit for certain (lower end of its 95 % Wilson interval).
 */
export class ErrorGuard {
  readonly #maxErrorRate: number;
  #finished = 0;
  #failed = 0;

  constructor(maxErrorRate: number) {
    this.#maxErrorRate = maxErrorRate;
  }

  get finished(): number {
    return this.#finished;
  }

  get failed(): number {
    return this.#failed;
  }

  /** @returns whether to give up */
  count(isFailure: boolean): boolean {
    this.#finished++;
    if (!isFailure) return false;
    this.#failed++;
    if (this.#finished < FINISHED_MIN) return false;
    return wilsonInterval(this.#failed, this.#finished).low > this.#maxErrorRate;
  }
}
