import { createRandom, mixSeed, type Random } from '../../../src/base/random.ts';
import type { FaultBook } from '../../faults/fault-book.ts';
import type { FaultAction, FaultKind } from '../../faults/fault-rule.ts';
import type { LocatedCacheEvent } from '../core/engine.ts';
import { DEVICE_LOCATION } from '../core/stores.ts';
import type { KvEventDialect } from '../wire/vllm-version.ts';
import { TierHoldings } from './tier-holdings.ts';
import { type WireEvent, wireEvent } from './wire-event.ts';

type KvEventFault = Extract<FaultAction, { kind: 'kvEvents' }>;

const KV_EVENTS: ReadonlySet<FaultKind> = new Set<FaultKind>(['kvEvents']);

const noHeader = (): undefined => undefined;

/** Batches that a late subscriber can still have; vLLM's `buffer_steps`. */
export const REPLAY_MAX = 10_000;

/** What vLLM publishes at once (vllm/distributed/kv_events.py); here always one event. */
export interface KvEventBatch {
  seq: number;
  /** Unix seconds. */
  ts: number;
  event: WireEvent;
}

/**
 * An engine's KV events as numbered batches, whatever carries them: each transport subscribes and
 * replays from here. A fault changes what is delivered live, the same for all; replays are whole.
 */
export class KvEventStream {
  readonly #ring: KvEventBatch[] = [];
  readonly #sinks = new Set<(batch: KvEventBatch) => void>();
  readonly #dialect: KvEventDialect;
  readonly #faults: FaultBook;
  readonly #random: Random;
  readonly #wallMs: () => number;
  readonly #tier = new TierHoldings();
  #seq = 0;
  /** A batch that a fault holds back until after the next one. */
  #swapped: KvEventBatch | undefined;

  constructor(options: {
    dialect: KvEventDialect;
    faults: FaultBook;
    seed: number;
    wallMs: () => number;
  }) {
    this.#dialect = options.dialect;
    this.#faults = options.faults;
    this.#random = createRandom(mixSeed(options.seed, 'kv-events'));
    this.#wallMs = options.wallMs;
  }

  /** Batches published so far; the next one has this number. */
  get published(): number {
    return this.#seq;
  }

  /** Number of the oldest batch that can be replayed. */
  get oldest(): number {
    return Math.max(0, this.#seq - REPLAY_MAX);
  }

  readonly publish = (located: LocatedCacheEvent): void => {
    const isDevice = located.location === DEVICE_LOCATION;
    if (!isDevice && !this.#dialect.hasConnectorEvents) return;
    const told = isDevice ? located : this.#tier.follow(located);
    if (!told) return;
    const seq = this.#seq++;
    const ts = this.#wallMs() / 1_000;
    const batch = { seq, ts, event: wireEvent(told, this.#dialect) };
    this.#ring[seq % REPLAY_MAX] = batch;
    if (this.#sinks.size > 0) this.#deliver(batch);
  };

  /** Calls back for every batch delivered from now on; the returned function unsubscribes. */
  subscribe(sink: (batch: KvEventBatch) => void): () => void {
    this.#sinks.add(sink);
    return () => this.#sinks.delete(sink);
  }

  /** The batches from number `from` on, as far as they are still kept. */
  since(from: number): KvEventBatch[] {
    const batches: KvEventBatch[] = [];
    for (let seq = Math.max(from, this.oldest); seq < this.#seq; seq++) {
      batches.push(this.#ring[seq % REPLAY_MAX]!);
    }
    return batches;
  }

  #deliver(batch: KvEventBatch): void {
    const fault = this.#fault(batch);
    const held = this.#swapped;
    this.#swapped = undefined;
    // One at a time, or a stream of nothing but held batches would be in order again.
    if (fault && !held && this.#strikes(fault, fault.reorder)) this.#swapped = batch;
    else if (!fault || !this.#strikes(fault, fault.drop)) {
      this.#send(batch);
      if (fault && this.#strikes(fault, fault.dup)) this.#send(batch);
    }
    if (held) this.#send(held);
  }

  /** Conditions on requests do not hold for a batch; the counted ones count batches. */
  #fault({ seq }: KvEventBatch): KvEventFault | undefined {
    if (this.#faults.isEmpty) return undefined;
    const subject = { route: '', key: `kv-event-${seq}`, header: noHeader, waiting: 0 };
    const action = this.#faults.match(subject, KV_EVENTS);
    return action?.kind === 'kvEvents' ? action : undefined;
  }

  #strikes(fault: KvEventFault, share = 0): boolean {
    if (this.#random.next() >= share) return false;
    this.#faults.count(fault);
    return true;
  }

  #send(batch: KvEventBatch): void {
    for (const sink of this.#sinks) sink(batch);
  }
}
