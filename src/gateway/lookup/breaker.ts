export interface BreakerConfig {
  /** Failures in a row that open it. */
  failureThreshold: number;
  recoveryTimeoutMs: number;
  /** Probes let through at a time while half open. */
  halfOpenMaxCalls: number;
}

export type BreakerState = 'closed' | 'open' | 'half-open';

/** How a call came out: `neutral` says nothing about the server (cancelled, client's own mistake). */
export type CallOutcome = 'success' | 'failure' | 'neutral';

/** Call with the outcome, once. */
export type Permit = (outcome: CallOutcome) => void;

/**
 * Circuit breaker of one operation. Every probe of the half-open state counts and is given back
 * whatever its outcome; results of calls admitted before the last change of state are ignored.
 */
export class Breaker {
  readonly #config: BreakerConfig;
  readonly #nowMs: () => number;
  #state: BreakerState = 'closed';
  #failures = 0;
  #probes = 0;
  #openedMs = 0;
  /** Rises with every change of state, so that late results can be told. */
  #epoch = 0;

  constructor(config: BreakerConfig, nowMs: () => number) {
    this.#config = config;
    this.#nowMs = nowMs;
  }

  get state(): BreakerState {
    return this.#state;
  }

  /** Undefined: do not call now. */
  acquire(): Permit | undefined {
    if (this.#state === 'open') {
      if (this.#nowMs() - this.#openedMs < this.#config.recoveryTimeoutMs) return undefined;
      this.#become('half-open');
    }
    if (this.#state === 'half-open' && this.#probes >= this.#config.halfOpenMaxCalls) {
      return undefined;
    }
    this.#probes++;
    const epoch = this.#epoch;
    return (outcome) => {
      if (epoch === this.#epoch) this.#settle(outcome);
    };
  }

  #settle(outcome: CallOutcome): void {
    this.#probes--;
    if (outcome === 'neutral') return;
    if (outcome === 'success') {
      this.#failures = 0;
      if (this.#state === 'half-open') this.#become('closed');
      return;
    }
    this.#failures++;
    if (this.#state === 'half-open' || this.#failures >= this.#config.failureThreshold) {
      this.#become('open');
    }
  }

  #become(state: BreakerState): void {
    this.#state = state;
    this.#epoch++;
    this.#probes = 0;
    if (state === 'open') this.#openedMs = this.#nowMs();
    if (state === 'closed') this.#failures = 0;
  }
}
