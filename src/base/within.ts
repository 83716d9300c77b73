import type { Clock } from './clock.ts';

/** Waits for `promise` at most `waitMs`, then rejects with `late()`; what was waited for goes on. */
export function within<T>(
  promise: Promise<T>,
  wait: { clock: Clock; waitMs: number },
  late: () => Error,
): Promise<T> {
  const { clock, waitMs } = wait;
  return new Promise((resolve, reject) => {
    const cancel = clock.at(clock.nowMs() + waitMs, () => reject(late()));
    promise.then(resolve, reject).finally(cancel);
  });
}
