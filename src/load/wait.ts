import type { Clock } from '../base/clock.ts';

/** Node's timers are good to a millisecond or two; the rest is spun away. */
const SPIN_MS = 1.2;

/** A wait that can be cut short. */
export interface Wait {
  done: Promise<void>;
  wake: () => void;
}

/**
 * Waits until `atMs`. When precise, a timer gets close and `setImmediate` turns the event loop, which
 * goes on serving sockets, until the time has come.
 */
export function waitUntil(clock: Clock, atMs: number, isPrecise: boolean): Wait {
  let wake = (): void => {};
  const done = new Promise<void>((resolve) => {
    let cancel = (): void => {};
    const turn = (): void => {
      if (clock.nowMs() >= atMs) resolve();
      else if (isPrecise && atMs - clock.nowMs() <= SPIN_MS) {
        const immediate = setImmediate(turn);
        cancel = () => clearImmediate(immediate);
      } else cancel = clock.at(atMs - (isPrecise ? SPIN_MS : 0), turn);
    };
    wake = () => {
      cancel();
      resolve();
    };
    turn();
  });
  return { done, wake };
}
