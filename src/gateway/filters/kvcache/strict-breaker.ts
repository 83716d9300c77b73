import type { Breaker, BreakerConfig, BreakerState, Permit } from './breaker.ts';

/**
 * Counts as Pixiu's breaker does: the call that finds the recovery time over is not counted, so one
 * probe too many passes; probes are never given back; any success closes it, even one admitted long
 * before it opened; cancelled and rejected calls are failures like any other.
 */
export class StrictBreaker implements Breaker {
  readonly #config: BreakerConfig;
  readonly #nowMs: () => number;
  #state: BreakerState = 'closed';
  #failures = 0;
  #probes = 0;
  #openedMs = 0;

  constructor(config: BreakerConfig, nowMs: () => number) {
    this.#config = config;
    this.#nowMs = nowMs;
  }

  get state(): BreakerState {
    return this.#state;
  }

  acquire(): Permit | undefined {
    if (this.#state === 'open') {
      if (this.#nowMs() - this.#openedMs < this.#config.recoveryTimeoutMs) return undefined;
      this.#state = 'half-open';
      this.#probes = 0;
    } else if (this.#state === 'half-open') {
      if (this.#probes >= this.#config.halfOpenMaxCalls) return undefined;
      this.#probes++;
    }
    return (outcome) => {
      if (outcome === 'success') {
        this.#state = 'closed';
        this.#failures = 0;
      } else {
        this.#fail();
      }
    };
  }

  #fail(): void {
    this.#failures++;
    if (this.#state === 'half-open' || this.#failures >= this.#config.failureThreshold) {
      this.#state = 'open';
      this.#openedMs = this.#nowMs();
    }
  }
}
