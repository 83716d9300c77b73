/** Time, handed in. Everything that waits or measures takes one of these, so tests own the time. */
export interface Clock {
  /** Monotonic milliseconds, fractional; only differences mean anything. */
  nowMs(): number;
  /** Milliseconds since the Unix epoch. */
  wallMs(): number;
  /** Calls `run` once when `nowMs()` reaches `atMs`. The returned function cancels. */
  at(atMs: number, run: () => void): () => void;
}

/** Node's longest timer, 24 days; a longer one would fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** A wait that may be longer than a timer can be, as a timer takes it. */
export function timerMs(ms: number): number {
  return Math.min(Math.max(0, ms), TIMER_MS_MAX);
}

export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  at(atMs, run) {
    // Node drops fractions, which would fire up to a millisecond early.
    const timer = setTimeout(run, timerMs(Math.ceil(atMs - performance.now())));
    return () => clearTimeout(timer);
  },
};

/** Calls `run` every so often, `everyMs` after the call before ended. The returned function cancels. */
export function repeat(clock: Clock, everyMs: number, run: () => void): () => void {
  const next = (): (() => void) =>
    clock.at(clock.nowMs() + everyMs, () => {
      run();
      cancel = next();
    });
  let cancel = next();
  return () => cancel();
}

/** Resolves once the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Resolves after `ms`; rejects with the signal's reason when it is aborted first. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = (): void => {
      cancel();
      reject(signal?.reason as Error);
    };
    const cancel = clock.at(clock.nowMs() + ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
