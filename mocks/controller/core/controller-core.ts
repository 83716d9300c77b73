import type { Clock } from '../../../src/base/clock.ts';
import { chainSeed, TokenChain } from '../../kv/blocks.ts';
import type { CacheEvent } from '../../kv/cache-events.ts';
import type { TokenIds } from '../../kv/token-ids.ts';
import { ChunkIndex, type Holder } from './chunk-index.ts';
import { type HolderPolicy, type Layout, lookupLayout } from './lookup.ts';
import { type WorkerInfo, WorkerRegistry } from './worker-registry.ts';

export interface ControllerOptions {
  clock: Clock;
  /** LMCache's legacy controller hard-codes 256. */
  chunkTokens?: number;
  /** Stands for PYTHONHASHSEED and the hash algorithm; must equal the engines' `tierHashSeed`. */
  hashSeed?: number;
  policy?: HolderPolicy;
  /** Told of everything that the index takes in or forgets, as it does so. */
  mirror?: IndexMirror;
}

/** A second index kept in step with the first. */
export interface IndexMirror {
  applied(event: ReportedEvent): void;
  left(instanceId: string): void;
  forgotten(): void;
}

/** What can be wrong with a controller, settable at any time. */
export interface ControllerFaults {
  /** Events take effect so long after they happened. */
  lagMs: number;
  /** Events are lost: the index answers for a cache that no longer is. */
  isFrozen: boolean;
  /** Credits each prefix to the next registered instance instead, or claims the whole prompt. */
  lie: 'off' | 'wrong-instance' | 'whole-prompt';
}

/** What an engine reports: an event of one location. `LocatedCacheEvent` qualifies. */
export interface ReportedEvent {
  engineId: string;
  location: string;
  atMs: number;
  event: CacheEvent;
}

export interface ControllerCounters {
  lookups: number;
  lookupHits: number;
  eventsApplied: number;
  /** Of unknown instances, while frozen, or beyond the bound of waiting events. */
  eventsDropped: number;
}

/** Events waiting for their lag; beyond it the oldest are lost, as from any bounded queue. */
const PENDING_EVENTS_MAX = 65_536;

/**
 * The controller's knowledge of who holds which chunk, built from what engines report. No timers:
 * lag takes effect when the index is next asked.
 */
export class ControllerCore {
  readonly index = new ChunkIndex();
  readonly registry = new WorkerRegistry();
  readonly faults: ControllerFaults = { lagMs: 0, isFrozen: false, lie: 'off' };
  readonly counters: ControllerCounters = {
    lookups: 0,
    lookupHits: 0,
    eventsApplied: 0,
    eventsDropped: 0,
  };
  readonly chunkTokens: number;
  readonly #clock: Clock;
  readonly #seed: number;
  readonly #policy: HolderPolicy;
  readonly #mirror: IndexMirror | undefined;
  #pending: ReportedEvent[] = [];

  constructor(options: ControllerOptions) {
    this.#clock = options.clock;
    this.chunkTokens = options.chunkTokens ?? 256;
    this.#seed = chainSeed({ hashSeed: options.hashSeed ?? 0 });
    this.#policy = options.policy ?? 'first-admitted';
    this.#mirror = options.mirror;
  }

  register(worker: WorkerInfo): void {
    this.registry.register(worker, this.#clock.wallMs());
  }

  /** False when the worker is unknown and has to register again. */
  heartbeat(instanceId: string, workerId: number): boolean {
    this.refresh();
    return this.registry.heartbeat(instanceId, workerId, this.#clock.wallMs());
  }

  deregister(instanceId: string): void {
    this.registry.deregister(instanceId);
    this.index.evictAll(instanceId);
    this.#mirror?.left(instanceId);
  }

  /** Takes in what an engine reports. Instances that are not registered are not listened to. */
  report(reported: ReportedEvent): void {
    if (this.faults.isFrozen || !this.registry.has(reported.engineId)) {
      this.counters.eventsDropped++;
      return;
    }
    if (this.#pending.length >= PENDING_EVENTS_MAX) {
      this.#pending.shift();
      this.counters.eventsDropped++;
    }
    this.#pending.push(reported);
    this.refresh();
  }

  lookup(tokens: TokenIds): Layout {
    this.refresh();
    this.counters.lookups++;
    const context = {
      index: this.index,
      instances: this.registry.instances(),
      policy: this.#policy,
    };
    const layout = lookupLayout(this.#chain(tokens), context);
    if (layout.size > 0) this.counters.lookupHits++;
    return this.faults.lie === 'off' ? layout : this.#distort(layout, tokens.length);
  }

  /** Chunks known per holder. */
  keyCounts(): { holder: Holder; chunks: number }[] {
    this.refresh();
    return this.index.counts();
  }

  /** Forgets who holds what, also what it has yet to learn; hears of later stores only. */
  forgetIndex(): void {
    this.index.clear();
    this.#pending = [];
    this.#mirror?.forgotten();
  }

  /** Forgets everything; workers come back only when they register again. */
  restart(): void {
    this.forgetIndex();
    this.registry.clear();
  }

  #chain(tokens: TokenIds): TokenChain {
    return new TokenChain(tokens, this.chunkTokens, this.#seed);
  }

  /** Takes in what is due by now. */
  refresh(): void {
    const dueMs = this.#clock.nowMs() - this.faults.lagMs;
    let applied = 0;
    while (applied < this.#pending.length && this.#pending[applied]!.atMs <= dueMs) {
      this.#apply(this.#pending[applied++]!);
    }
    if (applied > 0) this.#pending.splice(0, applied);
  }

  #apply(reported: ReportedEvent): void {
    const { engineId: instanceId, location, event } = reported;
    this.counters.eventsApplied++;
    this.#mirror?.applied(reported);
    const holder = { instanceId, location };
    if (event.type === 'cleared') this.index.evictAll(instanceId, location);
    else if (event.type === 'stored') {
      for (const hash of event.hashes) this.index.admit(holder, hash);
    } else for (const hash of event.hashes) this.index.evict(holder, hash);
  }

  #distort(layout: Layout, promptTokens: number): Layout {
    const instances = this.registry.instances();
    const distorted: Layout = new Map();
    for (const [instanceId, { location, tokens }] of layout) {
      if (this.faults.lie === 'whole-prompt') {
        distorted.set(instanceId, { location, tokens: promptTokens });
        continue;
      }
      const next = instances[(instances.indexOf(instanceId) + 1) % instances.length]!;
      distorted.set(next, { location, tokens });
    }
    return distorted;
  }
}
