import { type Clock, sleep } from './clock.ts';

export interface PollOptions {
  clock: Clock;
  deadlineMs: number;
  /** First pause; doubles up to `maxIntervalMs`. */
  intervalMs?: number;
  maxIntervalMs?: number;
  signal?: AbortSignal | undefined;
}

/**
 * Calls `probe` until it returns something other than undefined, or until `deadlineMs` after the
 * start; then returns undefined. The probe is called once more right at the deadline.
 */
export async function pollUntil<T>(
  probe: () => Promise<T | undefined>,
  options: PollOptions,
): Promise<T | undefined> {
  const { clock, signal } = options;
  const endMs = clock.nowMs() + options.deadlineMs;
  let pauseMs = options.intervalMs ?? 5;
  for (;;) {
    const isLast = clock.nowMs() >= endMs;
    const value = await probe();
    if (value !== undefined || isLast) return value;
    await sleep(clock, Math.max(0, Math.min(pauseMs, endMs - clock.nowMs())), signal);
    pauseMs = Math.min(pauseMs * 2, options.maxIntervalMs ?? 100);
  }
}
