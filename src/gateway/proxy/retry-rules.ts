import { systemErrorCode } from '../../base/errors.ts';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { Cluster, Endpoint } from '../balance/cluster.ts';
import type { AttemptOutcome } from './attempt.ts';
import { retryAfterMs, retryDelayMs } from './retry-delay.ts';

/** A server may ask for hours; an endpoint is looked at again after this. */
const COOLDOWN_MS_MAX = 60_000;

export interface RetryServices {
  clock: Clock;
  random: Random;
  /** An endpoint that was well is left alone from now on. */
  onCooling: (endpoint: Endpoint, forMs: number) => void;
}

/** Which outcomes may be tried again, when, and what they mean for the endpoint. */
export class RetryRules {
  readonly #services: RetryServices;
  readonly #request: { endMs: number; cluster: Cluster };

  /** @param request `endMs`: monotonic time after which no endpoint is tried again */
  constructor(services: RetryServices, request: { endMs: number; cluster: Cluster }) {
    this.#services = services;
    this.#request = request;
  }

  isRetryable(status: number): boolean {
    return status === 429 || status >= 500;
  }

  /** May anything follow this attempt? Asked before its answer is kept from the client. */
  canFollow(endpoint: Endpoint, failedAttempts: number): boolean {
    const { clock, random } = this.#services;
    const { retry, fallback } = endpoint.config.llm;
    const hasTime = clock.nowMs() < this.#request.endMs;
    if (hasTime && retryDelayMs(retry, failedAttempts, random) !== undefined) return true;
    return fallback && this.#request.cluster.endpoints.length > 1;
  }

  /** Wait before the next attempt at the same endpoint; undefined: none. */
  waitMs(endpoint: Endpoint, failedAttempts: number, outcome: AttemptOutcome): number | undefined {
    const { clock, random } = this.#services;
    const { retry, fallback } = endpoint.config.llm;
    const delayMs = retryDelayMs(retry, failedAttempts, random);
    if (delayMs === undefined) return undefined;
    const askedMs = this.#askedMs(outcome) ?? 0;
    // Somebody else can serve now what this endpoint wants to see later.
    if (askedMs > delayMs && fallback) return undefined;
    const waitMs = Math.max(delayMs, askedMs);
    return clock.nowMs() + waitMs < this.#request.endMs ? waitMs : undefined;
  }

  /** Keeps other requests away from an endpoint that failed. A client's own mistake is no failure. */
  cool(endpoint: Endpoint, outcome: AttemptOutcome, hasTimedOut: boolean): void {
    const { cooldownMs } = endpoint.config.llm;
    if (cooldownMs <= 0 || !this.#isFailure(outcome, hasTimedOut)) return;
    const askedMs = Math.min(this.#askedMs(outcome) ?? 0, COOLDOWN_MS_MAX);
    const forMs = Math.max(cooldownMs, askedMs);
    const nowMs = this.#services.clock.nowMs();
    if (endpoint.coolingUntilMs <= nowMs) this.#services.onCooling(endpoint, forMs);
    endpoint.coolingUntilMs = nowMs + forMs;
  }

  #isFailure(outcome: AttemptOutcome, hasTimedOut: boolean): boolean {
    switch (outcome.kind) {
      case 'failed':
        return !isOurs(outcome.error);
      case 'broken-off':
        return true;
      case 'relayed':
      case 'held':
        return this.isRetryable(outcome.head.status);
      case 'stopped':
        return hasTimedOut;
    }
  }

  #askedMs(outcome: AttemptOutcome): number | undefined {
    if (outcome.kind !== 'held' && outcome.kind !== 'relayed') return undefined;
    return retryAfterMs(outcome.head.retryAfter, this.#services.clock.wallMs());
  }
}

/** The endpoint never heard of it: this process may open no more sockets. */
function isOurs(error: Error): boolean {
  const code = systemErrorCode(error);
  return code === 'EMFILE' || code === 'ENFILE';
}
