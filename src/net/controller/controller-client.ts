import type { Clock } from '../../base/clock.ts';
import { KvcacheError } from '../../base/errors.ts';
import { within } from '../../base/within.ts';
import type { Dialect, Layout } from '../../protocol/lmcache.ts';
import type { TlsTrust } from '../access.ts';
import { OriginClient } from '../origin-client.ts';
import { detectDialect } from './detect.ts';
import type { DirectoryNames } from './dialect.ts';
import { DIALECTS } from './dialects.ts';
import type { CacheOperation, CallBudget, ControllerDriver, PromptIdentity } from './driver.ts';
import { netError } from '../errors.ts';

export interface ControllerClientOptions {
  /** Empty: there is none, and every call says so. */
  baseUrl: string;
  clock: Clock;
  /** `auto` probes before the first call and again after an answer of another wire. */
  dialect: Dialect | 'auto';
  /** Bound on the probes together. */
  detectTimeoutMs: number;
  /** 0 = unlimited. */
  connectionsMax: number;
  /** Asked of by a coordinator only. */
  names?: DirectoryNames | undefined;
  tls?: TlsTrust | undefined;
}

/** What is known of the controller's dialect; `wrong` = it answers, but as none of them. */
export type DialectState = Dialect | 'unknown' | 'wrong';

/** How long a server of a wrong dialect is left alone before it is probed again. */
const REPROBE_AFTER_MS = 5_000;

/** A controller of any dialect. Calls throw what `ControllerDriver` throws. */
export class ControllerClient {
  readonly #options: ControllerClientOptions;
  readonly #client: OriginClient | undefined;
  #driver: ControllerDriver | undefined;
  #detecting: Promise<ControllerDriver> | undefined;
  #wrong: { error: KvcacheError; untilMs: number } | undefined;

  /** @throws KvcacheError URL_INVALID (kind usage) */
  constructor(options: ControllerClientOptions) {
    this.#options = options;
    if (options.baseUrl === '') return;
    this.#client = new OriginClient({ ...options, what: 'the controller' });
    if (options.dialect !== 'auto') this.#driver = this.#create(options.dialect, this.#client);
  }

  get dialect(): DialectState {
    if (this.#wrong) return 'wrong';
    return this.#driver?.dialect ?? 'unknown';
  }

  async lookup(prompt: PromptIdentity, budget: CallBudget): Promise<Layout> {
    try {
      const layout = await (this.#driver
        ? this.#driver.lookup(prompt, budget)
        : this.#whenDetected(budget, (driver, rest) => driver.lookup(prompt, rest)));
      this.#wrong = undefined;
      return layout;
    } catch (error) {
      this.#noteFailure(error);
      throw error;
    }
  }

  async apply(
    operation: CacheOperation,
    prompt: PromptIdentity,
    budget: CallBudget,
  ): Promise<number | undefined> {
    return this.#driver
      ? this.#driver.apply(operation, prompt, budget)
      : this.#whenDetected(budget, (driver, rest) => driver.apply(operation, prompt, rest));
  }

  /** Detection may take longer than this call can wait; it goes on for the calls that follow. */
  async #whenDetected<T>(
    budget: CallBudget,
    call: (driver: ControllerDriver, rest: CallBudget) => Promise<T>,
  ): Promise<T> {
    const { clock } = this.#options;
    const endMs = clock.nowMs() + budget.timeoutMs;
    const wait = { clock, waitMs: budget.timeoutMs };
    const driver = await within(this.detect(), wait, () => this.#undetected(budget.timeoutMs));
    return call(driver, { ...budget, timeoutMs: Math.max(0, endMs - clock.nowMs()) });
  }

  /** Probes unless the dialect is known; concurrent callers share one round of probes. */
  detect(): Promise<ControllerDriver> {
    if (this.#driver) return Promise.resolve(this.#driver);
    if (this.#wrong && this.#options.clock.nowMs() < this.#wrong.untilMs) {
      return Promise.reject(this.#wrong.error);
    }
    if (!this.#client) return Promise.reject(netError('NO_CONTROLLER'));
    this.#detecting ??= this.#probe(this.#client).finally(() => {
      this.#detecting = undefined;
    });
    return this.#detecting;
  }

  async close(): Promise<void> {
    await this.#client?.close();
  }

  #undetected(waitedMs: number): KvcacheError {
    return netError('TIMEOUT', {
      message: `The controller's dialect is not known after ${waitedMs} ms.`,
      where: this.#options.baseUrl,
      remedy: 'Check that the controller answers; x-kvcache.controller.dialect saves the probes.',
    });
  }

  async #probe(client: OriginClient): Promise<ControllerDriver> {
    try {
      const { clock, detectTimeoutMs } = this.#options;
      const endMs = clock.nowMs() + detectTimeoutMs;
      const dialect = await detectDialect(client, () => Math.max(0, endMs - clock.nowMs()));
      this.#wrong = undefined;
      this.#driver = this.#create(dialect, client);
      return this.#driver;
    } catch (error) {
      this.#noteFailure(error);
      throw error;
    }
  }

  #create(dialect: Dialect, client: OriginClient): ControllerDriver {
    const { clock, names = {} } = this.#options;
    return DIALECTS[dialect].create({ client, clock, names });
  }

  /** After an answer of another wire the next call probes again, since servers get replaced. */
  #noteFailure(error: unknown): void {
    if (!(error instanceof KvcacheError) || error.code !== 'CONTROLLER_WRONG_DIALECT') return;
    const isFirst = !this.#wrong && this.#driver !== undefined;
    const { clock, dialect } = this.#options;
    if (dialect === 'auto') this.#driver = undefined;
    this.#wrong = { error, untilMs: isFirst ? 0 : clock.nowMs() + REPROBE_AFTER_MS };
  }
}
