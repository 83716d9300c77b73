import { type Clock, sleep } from '../../base/clock.ts';
import { codeOf, systemErrorCode } from '../../base/errors.ts';
import type { KvcacheFilterConfig } from '../../config/gateway-config.ts';
import type { ControllerClient } from '../../net/controller/controller-client.ts';
import type {
  CacheOperation,
  CallBudget,
  PromptIdentity,
  PromptTokens,
} from '../../net/controller/driver.ts';
import type { Layout } from '../../protocol/lmcache.ts';
import type { Breaker } from './breaker.ts';
import { callGuarded } from './guarded-call.ts';

export type ControllerOperation = 'lookup' | CacheOperation['name'];

export interface ControllerCallsOptions {
  client: ControllerClient;
  clock: Clock;
  retry: KvcacheFilterConfig['retry'];
  breakerOf: Readonly<Record<ControllerOperation, Breaker>>;
  /** Told how long each lookup took. */
  onLookupTook: (ms: number) => void;
}

/** A lookup that a request waits for. */
interface UnderWay {
  model: string;
  cacheSalt: string;
  startedMs: number;
  layout: Promise<Layout>;
}

/** A request joins another's lookup only where it has just begun: one that is stuck must not keep others. */
const JOINED_MS = 5;

/** Controller calls with retries inside their budget, each attempt behind its operation's breaker. */
export class ControllerCalls {
  readonly #options: ControllerCallsOptions;
  readonly #underWay = new Map<PromptTokens, UnderWay>();

  constructor(options: ControllerCallsOptions) {
    this.#options = options;
  }

  /** A lookup nobody waits for. @throws KvcacheError as `ControllerDriver.lookup`, or BREAKER_OPEN */
  lookup(prompt: PromptIdentity, budget: CallBudget): Promise<Layout> {
    return this.#attempt('lookup', budget, (rest) => this.#lookupOnce(prompt, rest));
  }

  async #lookupOnce(prompt: PromptIdentity, budget: CallBudget): Promise<Layout> {
    const { client, clock, onLookupTook } = this.#options;
    const startedMs = clock.nowMs();
    try {
      return await client.lookup(prompt, budget);
    } finally {
      onLookupTook(clock.nowMs() - startedMs);
    }
  }

  /**
   * A lookup that a request waits for; requests for the same tokens at the same time share one.
   * @throws KvcacheError as `lookup`
   */
  lookupInPath(prompt: PromptIdentity, budget: CallBudget): Promise<Layout> {
    const { tokens, model, cacheSalt } = prompt;
    const startedMs = this.#options.clock.nowMs();
    const other = this.#underWay.get(tokens);
    const isSame = other?.model === model && other.cacheSalt === cacheSalt;
    if (isSame && startedMs - other.startedMs < JOINED_MS) return other.layout;
    const layout = this.#lookupAtOnce(prompt, budget).finally(() => {
      if (this.#underWay.get(tokens)?.layout === layout) this.#underWay.delete(tokens);
    });
    this.#underWay.set(tokens, { model, cacheSalt, startedMs, layout });
    return layout;
  }

  /**
   * A dropped connection is tried once more at once, since servers close idle ones; nothing else is
   * worth the request's time.
   */
  async #lookupAtOnce(prompt: PromptIdentity, budget: CallBudget): Promise<Layout> {
    const { clock, breakerOf } = this.#options;
    const endMs = clock.nowMs() + budget.timeoutMs;
    const once = (): Promise<Layout> => {
      const timeoutMs = Math.max(0, endMs - clock.nowMs());
      const budgetLeft = { timeoutMs };
      return callGuarded(breakerOf.lookup, () => this.#lookupOnce(prompt, budgetLeft));
    };
    try {
      return await once();
    } catch (error) {
      if (!isDropped(error)) throw error;
      return once().catch((again: unknown) => Promise.reject(moreTelling(error, again)));
    }
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
    const { clock, retry, breakerOf } = this.#options;
    const endMs = clock.nowMs() + budget.timeoutMs;
    let backoffMs = retry.baseBackoffMs;
    let earlier: unknown;
    for (let attempt = 1; ; attempt++) {
      const rest = { timeoutMs: Math.max(0, endMs - clock.nowMs()), signal: budget.signal };
      try {
        return await callGuarded(breakerOf[operation], () => call(rest));
      } catch (error) {
        const failure = moreTelling(earlier, error);
        if (attempt >= retry.maxAttempts || !isRetryable(error)) throw failure;
        earlier = error;
        if (backoffMs >= endMs - clock.nowMs()) throw failure;
        await sleep(clock, backoffMs, budget.signal);
      }
      backoffMs = Math.min(backoffMs * 2, retry.maxBackoffMs);
    }
  }
}

const RETRYABLE: ReadonlySet<string> = new Set([
  'UNREACHABLE',
  'CONTROLLER_ERROR',
  'CONTROLLER_WRONG_DIALECT',
]);

function isRetryable(error: unknown): boolean {
  const code = codeOf(error);
  return code !== undefined && RETRYABLE.has(code);
}

/** A connection that was there and went away; a refused one will be refused again. */
function isDropped(error: unknown): boolean {
  return codeOf(error) === 'UNREACHABLE' && systemErrorCode(error) !== 'ECONNREFUSED';
}

/** That a retry found the breaker open says less than the failure that opened it. */
function moreTelling(earlier: unknown, later: unknown): Error {
  return (earlier !== undefined && codeOf(later) === 'BREAKER_OPEN' ? earlier : later) as Error;
}
