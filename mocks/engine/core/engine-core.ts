import type { Clock } from '../../../src/base/clock.ts';
import { mixSeed } from '../../../src/base/random.ts';
import { wordTokenizer, type Tokenizer } from '../../kv/tokens.ts';
import type { EngineProfile, TimingCoefficients } from '../../profiles/profile.ts';
import { createCounters, type EngineCounters } from './counters.ts';
import type { LocatedCacheEvent } from './located-event.ts';
import { AnswerBook } from './output.ts';
import { Strides } from './strides.ts';
import { rejectionFor } from './rejection.ts';
import type {
  EngineRequest,
  FinishReason,
  RequestHandle,
  RequestListener,
  RequestRejection,
  RequestResult,
} from './request.ts';
import { Scheduler, type Step } from './scheduler.ts';
import { Sequence } from './sequence.ts';
import { SequenceFactory } from './sequence-factory.ts';
import { StoreOperations } from './store-operations.ts';
import { engineBusy, type EngineSnapshot, restoreStores, snapshotStores } from './snapshot.ts';
import { EngineStores, type StoreOptions } from './stores.ts';
import { effectiveTiming, isInstant } from './timing.ts';

export interface EngineCoreOptions {
  id: string;
  profile: EngineProfile;
  clock: Clock;
  /** Default 1. */
  seed?: number;
  /** Served model; part of what makes device blocks shareable. Default `mock-model`. */
  model?: string;
  /** Decides the words of answers only. Default: the word-piece tokenizer. */
  tokenizer?: Tokenizer;
  /** Shared by the engines of a simulation. Default: one of its own. */
  answers?: AnswerBook;
  /** Nobody listens to single tokens: like steps are taken at once; see `Strides`. Default false. */
  isUnheard?: boolean;
  /** As of `EngineStores`. */
  observe?: StoreOptions['observe'];
  /** Hash seed of the second tier's chunks, as PYTHONHASHSEED; a controller with another one finds nothing. */
  tierHashSeed?: number;
  /** Told of each request's end, before its listener. */
  onRequestEnd?: (sequence: Sequence, result: RequestResult) => void;
}

/**
 * A modelled inference engine: requests in, tokens and cache events out, on the clock it was given.
 * No I/O; the same object serves HTTP and runs in virtual time. Steps follow one another on intended
 * times: a late timer delays no later token.
 */
export class EngineCore {
  readonly id: string;
  readonly profile: EngineProfile;
  readonly counters: EngineCounters;
  readonly stores: EngineStores;
  readonly operations: StoreOperations;
  readonly #options: EngineCoreOptions;
  readonly #scheduler: Scheduler;
  readonly #factory: SequenceFactory;
  readonly #isInstant: boolean;
  readonly #timing: TimingCoefficients;
  readonly #live = new Set<Sequence>();
  readonly #arriving = new Set<Sequence>();
  #cancelWake: (() => void) | undefined;
  readonly #strides: Strides;
  #lastStepEndMs = -Infinity;
  #isDown = false;

  constructor(options: EngineCoreOptions) {
    const { id, profile, clock, seed = 1, model = 'mock-model' } = options;
    this.id = id;
    this.profile = profile;
    this.#options = options;
    const { observe } = options;
    this.stores = new EngineStores({ engineId: id, profile, nowMs: () => clock.nowMs(), observe });
    this.counters = createCounters({
      running: () => this.#scheduler.running.length,
      waiting: () => this.#arriving.size + this.#scheduler.waiting.length,
      kvUsage: () => this.stores.device.usage,
    });
    this.#timing = effectiveTiming(profile);
    this.#scheduler = new Scheduler({
      profile,
      stores: this.stores,
      counters: this.counters,
    });
    this.#strides = new Strides({
      clock,
      profile,
      timing: this.#timing,
      onTaken: (step, count, atMs) => this.#take(step, count, atMs),
      onEnd: () => this.#wake(),
    });
    this.#factory = new SequenceFactory({
      profile,
      answers: options.answers ?? new AnswerBook(options.tokenizer ?? wordTokenizer),
      seed,
      jitterSeed: mixSeed(seed, id),
      model,
      tierHashSeed: options.tierHashSeed ?? 0,
      apiMs: this.#timing.apiMs,
    });
    this.operations = new StoreOperations(this.stores, this.#factory);
    this.#isInstant = isInstant(profile);
  }

  submit(request: EngineRequest, listener: RequestListener = {}): RequestHandle | RequestRejection {
    const queued = this.#arriving.size + this.#scheduler.waiting.length;
    const chain = this.#factory.deviceChain(request);
    const rejection = rejectionFor(request, chain, {
      profile: this.profile,
      device: this.stores.device,
      queued,
      isDown: this.#isDown,
    });
    if (rejection) {
      this.counters.rejected++;
      return rejection;
    }
    const sequence = this.#factory.create(request, chain, listener, this.#options.clock.nowMs());
    if (this.#isInstant) this.#runAtOnce(sequence);
    else this.#enqueue(sequence);
    return sequence;
  }

  /** Frees the request's place and blocks at once. Does nothing when it has finished. */
  abort(handle: RequestHandle): void {
    if (!(handle instanceof Sequence) || handle.isFinished || !this.#live.has(handle)) return;
    this.#strides.catchUp();
    this.#end(handle, 'abort', this.#options.clock.nowMs());
    this.#wake();
  }

  /** Calls back for every cache event from now on; the returned function unsubscribes. */
  onCacheEvent(listener: (event: LocatedCacheEvent) => void): () => void {
    return this.stores.subscribe(listener);
  }

  snapshot(): EngineSnapshot {
    return snapshotStores(this.stores, this.#options.clock.nowMs());
  }

  /** Replaces the content of all stores. Throws ENGINE_BUSY while requests are under way. */
  restore(snapshot: EngineSnapshot): void {
    if (this.#live.size > 0) throw engineBusy(this.id);
    this.stores.actor = '';
    restoreStores(this.stores, snapshot, this.#options.clock.nowMs());
  }

  /** vLLM's `/reset_prefix_cache`: false when blocks are in use, and nothing is reset then. */
  resetPrefixCache(): boolean {
    if (this.#scheduler.running.length > 0) return false;
    this.stores.actor = '';
    this.stores.device.clear(true);
    return true;
  }

  /** Refuses and aborts everything until `restart`; the cache survives only with `keepCache`. */
  crash(keepCache: boolean): void {
    this.#isDown = true;
    this.#strides.catchUp();
    const nowMs = this.#options.clock.nowMs();
    for (const sequence of this.#live) this.#end(sequence, 'abort', nowMs);
    if (keepCache) return;
    this.stores.actor = '';
    this.stores.device.clear(true);
    this.stores.tier?.clear(true);
  }

  /** @param prefixCaching whether it keeps and finds prefixes from now on */
  restart(prefixCaching = true): void {
    this.#isDown = false;
    this.stores.device.isOff = !prefixCaching;
  }

  /** The zero-time path: the whole request in one call, no timer; nobody can meet it half-way. */
  #runAtOnce(sequence: Sequence): void {
    const nowMs = sequence.submittedMs;
    const emitted = this.#scheduler.runAtOnce(sequence, nowMs);
    if (emitted === undefined) {
      this.#settle(sequence, 'abort', nowMs);
      return;
    }
    const { tokens, finishReason } = sequence.output;
    this.#announceTokens(sequence, emitted, nowMs);
    this.#settle(sequence, emitted < tokens.length ? 'length' : finishReason, nowMs);
  }

  #enqueue(sequence: Sequence): void {
    this.#live.add(sequence);
    this.#arriving.add(sequence);
    sequence.cancelTimer = this.#options.clock.at(sequence.arrivalMs, () => {
      this.#arriving.delete(sequence);
      this.#scheduler.waiting.add(sequence);
      this.#strides.cut();
      this.#wake();
    });
  }

  /** Sets the timer of the next step unless one is under way. */
  #wake(afterMs = -Infinity): void {
    if (this.#strides.isUnderWay) return;
    this.#cancelWake?.();
    const dueMs = this.#scheduler.nextWorkMs(afterMs);
    if (dueMs === undefined) return;
    const startMs = Math.max(dueMs, this.#lastStepEndMs);
    this.#cancelWake = this.#options.clock.at(startMs, () => this.#startStep(startMs));
  }

  #startStep(startMs: number): void {
    const step = this.#scheduler.plan(startMs);
    if (!step) {
      this.#wake(startMs);
      this.#endStuck(startMs);
      return;
    }
    this.#strides.begin(step, this.#canForesee(step));
  }

  #canForesee({ shares }: Step): boolean {
    const { running, waiting } = this.#scheduler;
    const isUnheard = this.#options.isUnheard === true;
    return isUnheard && waiting.length === 0 && shares.length === running.length;
  }

  /** Alone and still without room: it has outgrown the cache, or pins took what it needs. */
  #endStuck(nowMs: number): void {
    const { running, waiting } = this.#scheduler;
    const { head } = waiting;
    if (running.length > 0 || !head || head.arrivalMs > nowMs) return;
    this.#end(head, head.emittedTokens > 0 ? 'length' : 'abort', nowMs);
    this.#wake();
  }

  /** What so many like steps come to, the last of them ending at `atMs`. */
  #take({ shares }: Step, steps: number, atMs: number): void {
    this.counters.steps += steps;
    this.#lastStepEndMs = atMs;
    for (const { sequence, tokens } of shares) {
      if (sequence.isFinished) continue;
      sequence.computedTokens += tokens + steps - 1;
      if (sequence.chain.length + steps - 1 === sequence.computedTokens) {
        this.#emitTokens(sequence, steps, atMs);
      }
    }
  }

  #emitTokens(sequence: Sequence, count: number, atMs: number): void {
    if (sequence.emittedTokens === 0) this.#scheduler.storeInTier(sequence);
    const { tokens } = sequence.output;
    sequence.chain.append(tokens, sequence.emittedTokens, count);
    this.#announceTokens(sequence, count, atMs);
    if (sequence.isFinished || sequence.emittedTokens < tokens.length) return;
    this.#scheduler.release(sequence);
    const { postMs, outputMsPerToken } = this.#timing;
    const endMs = atMs + postMs + outputMsPerToken * sequence.emittedTokens;
    sequence.cancelTimer = this.#options.clock.at(endMs, () => {
      this.#end(sequence, sequence.output.finishReason, endMs);
    });
  }

  #announceTokens(sequence: Sequence, count: number, atMs: number): void {
    const first = sequence.emittedTokens;
    sequence.emittedTokens += count;
    sequence.lastTokenMs = atMs;
    this.counters.generationTokens += count;
    if (first === 0) {
      sequence.firstTokenMs = atMs;
      this.counters.promptTokens += sequence.promptTokens;
    }
    sequence.listener.onTokens?.({ first, count, atMs });
  }

  #end(sequence: Sequence, reason: FinishReason, atMs: number): void {
    if (sequence.isFinished) return;
    sequence.cancelTimer?.();
    this.#live.delete(sequence);
    this.#arriving.delete(sequence);
    this.#scheduler.release(sequence);
    this.#settle(sequence, reason, atMs);
  }

  #settle(sequence: Sequence, reason: FinishReason, atMs: number): void {
    sequence.isFinished = true;
    this.counters.finished[reason]++;
    const result = sequence.result(reason, atMs);
    this.#options.onRequestEnd?.(sequence, result);
    sequence.listener.onFinish?.(result);
  }
}
