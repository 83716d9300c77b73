import { createRandom, mixSeed, type Random } from '../../../src/base/random.ts';
import type { FaultBook, FaultSubject } from '../../faults/fault-book.ts';
import type { FaultAction } from '../../faults/fault-rule.ts';
import { FAULTS, kindsAt } from '../../faults/kinds/index.ts';
import type { BatchFate } from '../../faults/fault.ts';
import type { LocatedCacheEvent } from '../core/located-event.ts';
import { DEVICE_LOCATION } from '../core/stores.ts';
import type { KvEventDialect } from '../wire/vllm-version.ts';
import { TierHoldings } from './tier-holdings.ts';
import { type WireEvent, wireEvent } from './wire-event.ts';

const KV_EVENT_FAULTS = kindsAt('kvEvents');
const SILENCING_FAULTS = kindsAt('silence');

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
    if (this.#isSilent()) return;
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
    const held = this.#swapped;
    this.#swapped = undefined;
    const fate = this.#faults.isEmpty ? 1 : this.#fate(batch, held === undefined);
    if (fate === 'held') this.#swapped = batch;
    else for (let sent = 0; sent < fate; sent++) this.#send(batch);
    if (held) this.#send(held);
  }

  #isSilent(): boolean {
    if (this.#faults.isEmpty) return false;
    const fault = this.#faults.match(this.#subject(this.#seq), SILENCING_FAULTS);
    if (!fault || !FAULTS[fault.kind].silence?.(fault.parameters)) return false;
    this.#faults.count(fault);
    return true;
  }

  #subject(seq: number): FaultSubject {
    return { route: '', key: `kv-event-${seq}`, header: noHeader, waiting: 0 };
  }

  /**
   * Conditions on requests do not hold for a batch; the counted ones count batches.
   * @param mayBeHeld one at a time, or a stream of nothing but held batches would be in order again
   */
  #fate({ seq }: KvEventBatch, mayBeHeld: boolean): BatchFate {
    const fault = this.#faults.match(this.#subject(seq), KV_EVENT_FAULTS);
    if (!fault) return 1;
    const strikes = (share = 0): boolean => this.#strikes(fault, share);
    return FAULTS[fault.kind].kvEvents?.(fault.parameters, { mayBeHeld, strikes }) ?? 1;
  }

  #strikes(fault: FaultAction, share: number): boolean {
    if (this.#random.next() >= share) return false;
    this.#faults.count(fault);
    return true;
  }

  #send(batch: KvEventBatch): void {
    for (const sink of this.#sinks) sink(batch);
  }
}
