import { codeOf, messageOf } from '../../../base/errors.ts';
import type { CacheStrategyConfig } from '../../../config/gateway-config.ts';
import type {
  CacheOperation,
  PromptIdentity,
  PromptTokens,
} from '../../../net/controller/driver.ts';
import { preferredInstance } from '../../../protocol/preferred.ts';
import type { Layout } from '../../../protocol/lmcache.ts';
import type { Cluster } from '../../balance/cluster.ts';
import type { BackgroundQueue } from './background-queue.ts';
import type { ControllerCalls } from '../../lookup/controller-calls.ts';
import type { HotWindow } from './hot-window.ts';
import type { EngineLoadSignal } from './load-signal.ts';
import type { Prompt } from '../../lookup/prompt.ts';
import type { PromptTokensSource } from '../../lookup/prompt-tokens.ts';
import { RecentOperations } from './recent-operations.ts';
import { decideOperations } from './strategy.ts';
import type { TokenCache } from '../../lookup/token-cache.ts';

/** `spared`: not sent, since it was carried out a moment ago. */
export type OperationOutcome = 'done' | 'failed' | 'unsupported' | 'spared';

export interface MaintenanceOptions {
  strategy: CacheStrategyConfig;
  queue: BackgroundQueue;
  source: PromptTokensSource;
  cache: TokenCache;
  calls: ControllerCalls;
  hotWindow: HotWindow;
  loadSignal: EngineLoadSignal;
  nowMs: () => number;
  timeoutMs: number;
  onOperation: (name: CacheOperation['name'], outcome: OperationOutcome) => void;
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
  readonly #recent: RecentOperations;

  constructor(options: MaintenanceOptions) {
    this.#options = options;
    this.#recent = new RecentOperations(options.nowMs);
  }

  /** Queues what one request calls for. */
  schedule(prompt: Prompt, cluster: Cluster, known: Known): void {
    const { queue, hotWindow } = this.#options;
    const seenCount = hotWindow.record(prompt.key);
    if (!known.isTokenizable || (known.tokens && !hasWork(this.#options.strategy))) return;
    queue.push(async (closing) => {
      try {
        await this.#maintain({ prompt, cluster, known, seenCount }, closing);
      } catch (error) {
        this.#options.log('debug', `Background work ended early: ${messageOf(error)}`, error);
      }
    });
  }

  async #maintain(
    work: { prompt: Prompt; cluster: Cluster; known: Known; seenCount: number },
    stop: AbortSignal,
  ): Promise<void> {
    const { source, cache, calls, strategy, timeoutMs, loadSignal } = this.#options;
    const { prompt, cluster, known } = work;
    const tokens =
      known.tokens ?? cache.peek(prompt.key) ?? (await source.tokenize(prompt, cluster));
    if (!hasWork(strategy)) return;
    const identity = { tokens, model: prompt.model, cacheSalt: prompt.cacheSalt };
    const layout = known.layout ?? (await calls.lookup(identity, { timeoutMs, signal: stop }));
    const operations = decideOperations(strategy, {
      seenCount: work.seenCount,
      ...(needsLoad(strategy) ? await loadSignal.read(cluster) : UNASKED),
      holder: preferredInstance(layout.holdings),
    });
    await this.#carryOut(operations, { identity, key: prompt.key }, stop);
  }

  /** Pins the prompt just served; compresses and evicts the coldest ones, never the one just served. */
  async #carryOut(
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
    const prompt = `${target.identity.cacheSalt}\0${target.key}`;
    const id = `${operation.name}\0${prompt}`;
    if (this.#pending.has(id)) return;
    if (this.#recent.has(operation, prompt)) {
      this.#options.onOperation(operation.name, 'spared');
      return;
    }
    this.#pending.add(id);
    try {
      await this.#apply(operation, target.identity, signal);
      this.#recent.add(operation, prompt);
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
      const isMissing = codeOf(error) === 'CONTROLLER_UNSUPPORTED';
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
