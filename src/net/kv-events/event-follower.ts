import type { Clock } from '../../base/clock.ts';
import type { KvEventReceiver, KvEventSource } from './kv-event-source.ts';
import type { KvEvent, KvEventBatch } from '../../protocol/kv-events.ts';

/** Whoever keeps an index by the events. */
export interface EventListener {
  onEvent(event: KvEvent): void;
  /** What was known of the engine counts no more: it is another one now, or batches are lost for good. */
  onForget(why: 'restarted' | 'lost'): void;
  /** Batches were missing, and came when they were asked for again. */
  onRefilled(): void;
  /** Told when it changes. @param why what went wrong, where something did */
  onHeard(isHeard: boolean, why?: Error): void;
}

/** Longest wait for batches that were asked for again. */
const REPLAY_WAIT_MS = 1_000;
/** The same where there is no replay: for batches that only changed places. */
const REORDER_WAIT_MS = 200;
/** A stream that is silent for so long is asked whether its last batch was the last. */
const SILENCE_MS = 5_000;
/** Batches held back for one that is missing. */
const PENDING_MAX = 20_000;

/**
 * Brings an engine's batches in order by their numbers: what comes twice counts once, what is
 * missing is asked for again, and what then is still missing costs all that was known of the engine.
 */
export class EventFollower implements KvEventReceiver {
  readonly #clock: Clock;
  readonly #listener: EventListener;
  #source: KvEventSource | undefined;
  /** Number of the batch that comes next, and the time of the last one. */
  #next = 0;
  #lastTs = -Infinity;
  readonly #pending = new Map<number, KvEventBatch>();
  #isUp = false;
  /** What was asked for and may still come: all since the engine was reached, or what is missing. */
  #waitsFor: 'past' | 'gap' | undefined;
  /** The missing batch that was asked for. */
  #gap = -1;
  #cancelWait = (): void => {};
  /** After a break: whether it is still the same engine that is heard. */
  #isSame = true;
  #cancelCheck = (): void => {};
  #wasHeard = false;

  constructor(clock: Clock, listener: EventListener) {
    this.#clock = clock;
    this.#listener = listener;
  }

  /** Whether all that the engine told is known. */
  get isHeard(): boolean {
    return this.#isUp && this.#waitsFor === undefined;
  }

  /** Has to be called before anything is received, or as soon as there is a source. */
  attach(source: KvEventSource): void {
    this.#source = source;
    if (this.#isUp) this.onUp();
  }

  onUp(): void {
    this.#isUp = true;
    if (this.#source) this.#confirm();
    this.#tell();
  }

  onDown(error: Error): void {
    this.#isUp = false;
    this.#stopWaiting();
    this.#cancelCheck();
    this.#tell(error);
  }

  onBatch(batch: KvEventBatch): void {
    this.#isUp = true;
    if (batch.seq < this.#next) {
      // Counting anew, later than the last: the engine has restarted.
      if (batch.ts > this.#lastTs) this.#restart();
      else if (batch.seq === this.#next - 1) this.#isSame = true;
    }
    if (batch.seq >= this.#next) {
      this.#pending.set(batch.seq, batch);
      this.#drain();
    }
    this.#checkLater();
    this.#tell();
  }

  onReplayed(): void {
    if (this.#waitsFor) this.#settle();
    this.#tell();
  }

  close(): void {
    this.#stopWaiting();
    this.#cancelCheck();
    this.#source?.close();
  }

  /** Asks for the last batch known, by which an engine that restarted is told from one that did not. */
  #confirm(): void {
    this.#isSame = this.#next === 0;
    const isAsked = this.#source!.replay(Math.max(0, this.#next - 1));
    if (isAsked) this.#wait('past', REPLAY_WAIT_MS);
    else this.#isSame = true;
    this.#checkLater();
  }

  #restart(): void {
    this.#begin(0);
    this.#listener.onForget('restarted');
  }

  #begin(next: number): void {
    this.#stopWaiting();
    this.#isSame = true;
    this.#next = next;
    this.#lastTs = -Infinity;
    if (next === 0) this.#pending.clear();
  }

  #drain(): void {
    const first = this.#next;
    for (;;) {
      const batch = this.#pending.get(this.#next);
      if (!batch) break;
      this.#pending.delete(batch.seq);
      this.#next++;
      this.#lastTs = batch.ts;
      for (const event of batch.events) this.#listener.onEvent(event);
    }
    if (this.#next > first) this.#isSame = true;
    if (this.#pending.size > PENDING_MAX) this.#settle();
    else if (this.#pending.size > 0) {
      if (!this.#waitsFor) this.#askForGap();
      // A replay that takes its time is under way.
      else if (this.#next > first) this.#wait(this.#waitsFor, REPLAY_WAIT_MS);
    } else if (this.#waitsFor === 'gap') {
      this.#stopWaiting();
      this.#listener.onRefilled();
    }
  }

  #askForGap(): void {
    this.#gap = this.#next;
    const isAsked = this.#source?.replay(this.#next) ?? false;
    this.#wait('gap', isAsked ? REPLAY_WAIT_MS : REORDER_WAIT_MS);
  }

  #wait(what: 'past' | 'gap', ms: number): void {
    this.#stopWaiting();
    this.#waitsFor = what;
    this.#cancelWait = this.#clock.at(this.#clock.nowMs() + ms, () => {
      this.#settle();
      this.#tell();
    });
  }

  #stopWaiting(): void {
    this.#cancelWait();
    this.#waitsFor = undefined;
  }

  /** What has not come by now will not come. */
  #settle(): void {
    const waitedFor = this.#waitsFor;
    this.#stopWaiting();
    if (this.#pending.size > 0) {
      // What was lost after the past, or the gap before, had been told has not been asked for yet.
      if (waitedFor === 'past' || this.#next > this.#gap) return this.#askForGap();
      this.#begin(Math.min(...this.#pending.keys()));
      this.#listener.onForget('lost');
      this.#drain();
    } else if (!this.#isSame) {
      this.#restart();
      this.#source?.replay(0);
    }
  }

  #checkLater(): void {
    this.#cancelCheck();
    this.#cancelCheck = this.#clock.at(this.#clock.nowMs() + SILENCE_MS, () => {
      if (this.isHeard) this.#source?.replay(this.#next);
      this.#checkLater();
    });
  }

  #tell(why?: Error): void {
    const { isHeard } = this;
    if (isHeard === this.#wasHeard && !(why && !isHeard)) return;
    this.#wasHeard = isHeard;
    this.#listener.onHeard(isHeard, why);
  }
}
