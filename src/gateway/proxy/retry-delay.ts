import type { Random } from '../../base/random.ts';
import type { RetryPolicy } from '../../config/gateway-config.ts';

/** Pixiu adds this much at random to an exponential wait. */
const JITTER_MS = 100;

/**
 * Wait before the next attempt at the same endpoint, or undefined when the policy allows no more.
 * @param failedAttempts attempts at this endpoint so far, at least 1
 */
export function retryDelayMs(
  policy: RetryPolicy,
  failedAttempts: number,
  random: Random,
): number | undefined {
  switch (policy.name) {
    case 'NoRetry':
      return undefined;
    case 'CountBased':
      return failedAttempts <= policy.times ? 0 : undefined;
    case 'ExponentialBackoff': {
      if (failedAttempts > policy.times) return undefined;
      const waitMs = policy.initialIntervalMs * policy.multiplier ** (failedAttempts - 1);
      return Math.min(waitMs, policy.maxIntervalMs) + random.int(JITTER_MS);
    }
  }
}

/** `Retry-After` in ms: delay seconds or an HTTP date (RFC 9110 §10.2.3). Undefined when unreadable. */
export function retryAfterMs(value: string | undefined, wallMs: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1_000;
  const dateMs = Date.parse(value);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - wallMs);
}
