import { KvcacheError, messageOf } from '../../../base/errors.ts';
import type { CacheStrategyConfig } from '../../../config/gateway-config.ts';
import type {
  CacheOperation,
  PromptIdentity,
  PromptTokens,
} from '../../../net/controller/driver.ts';
import { preferredInstance } from '../../../protocol/preferred.ts';
import type { Layout } from '../../../protocol/lmcache.ts';
import type { Cluster } from '../../cluster.ts';
import type { BackgroundQueue } from './background-queue.ts';
import type { ControllerCalls } from './controller-calls.ts';
import type { HotWindow } from './hot-window.ts';
import type { LoadSignal } from './load-signal.ts';
import type { Prompt } from './prompt.ts';
import type { PromptTokensSource } from './prompt-tokens.ts';
import { decideOperations } from './strategy.ts';
import type { TokenCache } from './token-cache.ts';

export interface MaintenanceOptions {
  strategy: CacheStrategyConfig;
  queue: BackgroundQueue;
  source: PromptTokensSource;
  cache: TokenCache;
  calls: ControllerCalls;
  hotWindow: HotWindow;
  loadSignal: LoadSignal;
  timeoutMs: number;
  /** Pixiu's way: all operations act on the prompt just served, in order, the first error ends them. */
  actsOnServedPrompt: boolean;
  /** False: looked up again although the request path did already, as Pixiu does. */
  reusesLookup: boolean;
  onOperation: (name: CacheOperation['name'], outcome: 'done' | 'failed' | 'unsupported') => void;
  log: (level: 'debug' | 'warn', message: string, error?: unknown) => void;
}

/** What the request path already found out, so that it is not asked again. */
export interface Known {
  tokens: PromptTokens | undefined;
  layout: Layout | undefined;
  /** False when tokenizing failed for good. */
  isTokenizable: boolean;
}

/** How many cold prompts one compression or eviction round takes. */
const COLD_BATCH = 4;

/** Keeps the engines' caches in shape after requests: tokenizes, looks up, pins, compresses, evicts. */
export class Maintenance {
  readonly #options: MaintenanceOptions;
  /** Operations queued or running, so that a burst of one prompt pins it once. */
  readonly #pending = new Set<string>();

  constructor(options: MaintenanceOptions) {
    this.#options = options;
  }

  /** Queues what one request calls for; `signal` ends it early (only Pixiu's behaviour needs that). */
  schedule(prompt: Prompt, cluster: Cluster, known: Known, signal?: AbortSignal): void {
    const { queue, hotWindow } = this.#options;
    const seenCount = hotWindow.record(prompt.key);
    if (!known.isTokenizable || (known.tokens && !hasWork(this.#options.strategy))) return;
    queue.push(async (closing) => {
      const stop = signal ? AbortSignal.any([signal, closing]) : closing;
      try {
        await this.#maintain({ prompt, cluster, known, seenCount }, stop, signal !== undefined);
      } catch (error) {
        this.#options.log('debug', `Background work ended early: ${messageOf(error)}`, error);
      }
    });
  }

  async #maintain(
    work: { prompt: Prompt; cluster: Cluster; known: Known; seenCount: number },
    stop: AbortSignal,
    isTiedToRequest: boolean,
  ): Promise<void> {
    const { source, cache, calls, strategy, timeoutMs, loadSignal } = this.#options;
    const { prompt, cluster, known } = work;
    const tokens =
      known.tokens ??
      cache.peek(prompt.key) ??
      (await source.tokenize(prompt, cluster, isTiedToRequest ? stop : undefined));
    if (!hasWork(strategy)) return;
    const identity = { tokens, model: prompt.model, cacheSalt: prompt.cacheSalt };
    const layout =
      (this.#options.reusesLookup && known.layout) ||
      (await calls.lookup(identity, { timeoutMs, signal: stop }));
    const operations = decideOperations(strategy, {
      seenCount: work.seenCount,
      ...(needsLoad(strategy) ? await loadSignal(cluster) : UNASKED),
      holder: preferredInstance(layout.holdings),
    });
    if (this.#options.actsOnServedPrompt) await this.#inOrder(operations, identity, stop);
    else await this.#independently(operations, { identity, key: prompt.key }, stop);
  }

  /** Stops at the first error, as Pixiu does. */
  async #inOrder(
    operations: readonly CacheOperation[],
    identity: PromptIdentity,
    signal: AbortSignal,
  ): Promise<void> {
    for (const operation of operations) await this.#apply(operation, identity, signal);
  }

  /** Pins the prompt just served; compresses and evicts the coldest ones, never the one just served. */
  async #independently(
    operations: readonly CacheOperation[],
    served: { identity: PromptIdentity; key: string },
    signal: AbortSignal,
  ): Promise<void> {
    const jobs = operations.flatMap((operation) =>
      operation.name === 'pin'
        ? [this.#once(operation, served, signal)]
        : this.#coldPrompts(served).map((cold) => this.#once(operation, cold, signal)),
    );
    await Promise.all(jobs);
  }

  #coldPrompts(served: {
    identity: PromptIdentity;
    key: string;
  }): { identity: PromptIdentity; key: string }[] {
    const { hotWindow, cache } = this.#options;
    return hotWindow
      .coldest(COLD_BATCH)
      .filter((key) => key !== served.key)
      .flatMap((key) => {
        const tokens = cache.peek(key);
        return tokens ? [{ key, identity: { ...served.identity, tokens } }] : [];
      });
  }

  async #once(
    operation: CacheOperation,
    target: { identity: PromptIdentity; key: string },
    signal: AbortSignal,
  ): Promise<void> {
    const id = `${operation.name}\0${target.key}`;
    if (this.#pending.has(id)) return;
    this.#pending.add(id);
    try {
      await this.#apply(operation, target.identity, signal);
      if (operation.name === 'evict') this.#options.hotWindow.forget(target.key);
    } catch {
      // Counted and logged by #apply; the other operations go on.
    } finally {
      this.#pending.delete(id);
    }
  }

  async #apply(
    operation: CacheOperation,
    identity: PromptIdentity,
    signal: AbortSignal,
  ): Promise<void> {
    const { calls, timeoutMs, onOperation, log } = this.#options;
    try {
      await calls.apply(operation, identity, { timeoutMs, signal });
      onOperation(operation.name, 'done');
    } catch (error) {
      const isMissing = error instanceof KvcacheError && error.code === 'CONTROLLER_UNSUPPORTED';
      onOperation(operation.name, isMissing ? 'unsupported' : 'failed');
      log(
        'debug',
        `${operation.name} on ${operation.instanceId} failed: ${messageOf(error)}`,
        error,
      );
      throw error;
    }
  }
}

const UNASKED = { load: undefined, memory: undefined };

function needsLoad(strategy: CacheStrategyConfig): boolean {
  const { enableCompression, loadThreshold, enableEviction, memoryThreshold } = strategy;
  return (enableCompression && loadThreshold > 0) || (enableEviction && memoryThreshold > 0);
}

function hasWork(strategy: CacheStrategyConfig): boolean {
  return strategy.enableCompression || strategy.enablePinning || strategy.enableEviction;
}
