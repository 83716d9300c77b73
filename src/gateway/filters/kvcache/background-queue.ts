import { setMaxListeners } from 'node:events';
import { timerMs } from '../../../base/clock.ts';

/** A job gets a signal that is aborted when the grace time of closing is over. */
export type Job = (signal: AbortSignal) => Promise<void>;

/**
 * Runs jobs a few at a time, independent of any request. A full queue drops the new job: background
 * work may be lost, memory and the controller may not.
 */
export class BackgroundQueue {
  readonly #runningMax: number;
  readonly #waitingMax: number;
  readonly #waiting: Job[] = [];
  readonly #abort = new AbortController();
  #running = 0;
  #isClosed = false;
  #onIdle: (() => void) | undefined;
  dropped = 0;

  constructor(runningMax: number, waitingMax: number) {
    this.#runningMax = runningMax;
    this.#waitingMax = waitingMax;
    // Every call of every job listens; Node warns of more than ten.
    setMaxListeners(0, this.#abort.signal);
  }

  /** Jobs waiting or running. */
  get size(): number {
    return this.#waiting.length + this.#running;
  }

  /** False when the job was dropped. */
  push(job: Job): boolean {
    if (this.#isClosed || this.#waiting.length >= this.#waitingMax) {
      this.dropped++;
      return false;
    }
    this.#waiting.push(job);
    this.#startNext();
    return true;
  }

  /** Takes no more jobs and waits for the known ones; after `graceMs` aborts them and waits no more. */
  close(graceMs: number): Promise<void> {
    this.#isClosed = true;
    if (this.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const cut = setTimeout(() => {
        this.#waiting.length = 0;
        this.#abort.abort(new Error('The gateway is closing.'));
        resolve();
      }, timerMs(graceMs));
      this.#onIdle = () => {
        clearTimeout(cut);
        resolve();
      };
    });
  }

  #startNext(): void {
    while (this.#running < this.#runningMax) {
      const job = this.#waiting.shift();
      if (!job) break;
      this.#running++;
      void this.#run(job);
    }
  }

  async #run(job: Job): Promise<void> {
    try {
      await job(this.#abort.signal);
    } finally {
      this.#running--;
      this.#startNext();
      if (this.size === 0) this.#onIdle?.();
    }
  }
}
