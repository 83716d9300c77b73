import { type Clock, sleep } from '../../../base/clock.ts';
import { KvcacheError } from '../../../base/errors.ts';
import type { KvcacheFilterConfig } from '../../../config/gateway-config.ts';
import type { ControllerClient } from '../../../net/controller/controller-client.ts';
import type { CacheOperation, CallBudget, PromptIdentity } from '../../../net/controller/driver.ts';
import type { Layout } from '../../../protocol/lmcache.ts';
import type { Breaker } from './breaker.ts';
import { callGuarded, type OutcomeRule } from './guarded-call.ts';

export type ControllerOperation = 'lookup' | CacheOperation['name'];

export interface ControllerCallsOptions {
  client: ControllerClient;
  clock: Clock;
  retry: KvcacheFilterConfig['retry'];
  breakerOf: Readonly<Record<ControllerOperation, Breaker>>;
  outcomeOf: OutcomeRule;
  /** Pixiu sits out the rest of the budget when the next backoff would not fit into it. */
  waitsOutBudget: boolean;
}

/** Controller calls with retries inside their budget, each attempt behind its operation's breaker. */
export class ControllerCalls {
  readonly #options: ControllerCallsOptions;

  constructor(options: ControllerCallsOptions) {
    this.#options = options;
  }

  /** @throws KvcacheError as `ControllerDriver.lookup`, or BREAKER_OPEN */
  lookup(prompt: PromptIdentity, budget: CallBudget): Promise<Layout> {
    return this.#attempt('lookup', budget, (rest) => this.#options.client.lookup(prompt, rest));
  }

  /** @throws KvcacheError as `ControllerDriver.apply`, or BREAKER_OPEN */
  apply(
    operation: CacheOperation,
    prompt: PromptIdentity,
    budget: CallBudget,
  ): Promise<number | undefined> {
    return this.#attempt(operation.name, budget, (rest) =>
      this.#options.client.apply(operation, prompt, rest),
    );
  }

  async #attempt<T>(
    operation: ControllerOperation,
    budget: CallBudget,
    call: (rest: CallBudget) => Promise<T>,
  ): Promise<T> {
    const { clock, retry, breakerOf, outcomeOf } = this.#options;
    const endMs = clock.nowMs() + budget.timeoutMs;
    let backoffMs = retry.baseBackoffMs;
    for (let attempt = 1; ; attempt++) {
      const rest = { timeoutMs: Math.max(0, endMs - clock.nowMs()), signal: budget.signal };
      try {
        return await callGuarded(breakerOf[operation], outcomeOf, () => call(rest));
      } catch (error) {
        if (attempt >= retry.maxAttempts || !isRetryable(error)) throw error;
        await this.#pause({ backoffMs, endMs, signal: budget.signal }, error);
      }
      backoffMs = Math.min(backoffMs * 2, retry.maxBackoffMs);
    }
  }

  /** Throws `error` when the pause does not fit into the budget. */
  async #pause(
    pause: { backoffMs: number; endMs: number; signal: AbortSignal | undefined },
    error: unknown,
  ): Promise<void> {
    const { clock, waitsOutBudget } = this.#options;
    const restMs = pause.endMs - clock.nowMs();
    if (pause.backoffMs < restMs) {
      await sleep(clock, pause.backoffMs, pause.signal);
      return;
    }
    if (waitsOutBudget) await sleep(clock, Math.max(0, restMs), pause.signal);
    throw error;
  }
}

const RETRYABLE: ReadonlySet<string> = new Set([
  'UNREACHABLE',
  'CONTROLLER_ERROR',
  'CONTROLLER_WRONG_DIALECT',
]);

function isRetryable(error: unknown): boolean {
  return error instanceof KvcacheError && RETRYABLE.has(error.code);
}
