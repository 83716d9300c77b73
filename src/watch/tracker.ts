import { DayPast, slotOf } from './day-past.ts';
import { type Point, Reference, type Usual } from './reference.ts';
import type { Series } from './series.ts';
import { Yesterday } from './yesterday.ts';

/** Buckets in a window: a change has to last that long, and its end too. */
export const BUCKETS_PER_WINDOW = 4;

/** A series that has left its usual values, for at least one window. */
export interface Deviation {
  series: Series;
  /** An engine's id, or '' for the fleet. */
  subject: string;
  /** As people read them: no logarithms. */
  value: number;
  usual: number;
  /** What `usual` is. */
  than: 'usually' | 'at this time yesterday';
  /** Buckets that it lasts so far. */
  buckets: number;
}

/** What is known of a series from before, and what it is judged by. */
export interface TrackerPast {
  /** What was usual lately. */
  recent?: readonly number[] | undefined;
  /** Of the last day, where that is kept. */
  day?: DayPast | undefined;
  /** Judged by the day before, at this time of the day; else by what was usual lately. */
  byDayFromMs?: number | undefined;
}

/** Follows one series of one subject. */
export class Tracker {
  readonly subject: string;
  readonly #series: Series;
  readonly #lately = new Reference();
  readonly #day: DayPast | undefined;
  readonly #isByDay: boolean;
  /** What the last value was judged by. */
  #usual: Usual;
  #slot: number | undefined;
  /** Not yet known to be usual. */
  readonly #recent: number[] = [];
  /** Buckets in a row that were off in the bad direction, and buckets in a row that were not. */
  #off = 0;
  #fine = 0;
  #isDeviating = false;
  #last = 0;
  /** What it was compared with last. */
  #compared = 0;
  /** Wall clock of the first value that was off. */
  #offSinceMs = 0;

  constructor(series: Series, subject: string, { recent = [], day, byDayFromMs }: TrackerPast) {
    this.#series = series;
    this.subject = subject;
    this.#day = day;
    this.#isByDay = byDayFromMs !== undefined;
    for (const value of recent) this.#lately.add(value);
    this.#usual = this.#usualAt(byDayFromMs ?? 0);
  }

  /** What is usual, with the last window unless it looks otherwise. */
  get past(): readonly number[] {
    return this.#off === 0 ? [...this.#lately.past, ...this.#recent] : this.#lately.past;
  }

  /** The last day, but for what differs from the one before at the moment; undefined where it is not kept. */
  get day(): DayPast | undefined {
    const isOff = this.#isByDay && (this.#off > 0 || this.#isDeviating);
    if (!this.#day || !isOff) return this.#day;
    const known = new DayPast(this.#day.values);
    known.forgetSince(this.#offSinceMs);
    return known;
  }

  get seriesId(): string {
    return this.#series.id;
  }

  get isLearning(): boolean {
    return !this.#usual.isReady;
  }

  /** @param point absent: nothing was seen in this bucket, which is no news */
  take(point: Point | undefined, wallMs: number): void {
    if (!point) return;
    this.#last = point.value;
    this.#refresh(wallMs);
    this.#day?.add(point.value, wallMs);
    if (this.#usual.isReady) this.#judge(point, wallMs);
    if (this.#isDeviating) this.#recent.length = 0;
    else this.#remember(point.value);
  }

  /** Undefined while the series is as usual. */
  get deviation(): Deviation | undefined {
    if (!this.#isDeviating) return undefined;
    const read = this.#series.isRelative ? Math.exp : Number;
    return {
      series: this.#series,
      subject: this.subject,
      value: read(this.#last),
      usual: read(this.#compared),
      than: this.#isByDay ? 'at this time yesterday' : 'usually',
      buckets: this.#off,
    };
  }

  /** What is, is usual from now on; by the day it has become so. */
  adopt(): void {
    this.#lately.forget();
    this.#recent.length = 0;
    this.#off = 0;
    this.#isDeviating = false;
  }

  #judge(point: Point, wallMs: number): void {
    const { bad, matters } = this.#series;
    this.#compared = this.#usual.median;
    const direction = this.#usual.judge(point, matters);
    if (direction === 0 || (bad !== 0 && direction !== bad)) this.#noteFine();
    else this.#noteOff(wallMs);
  }

  #noteOff(wallMs: number): void {
    if (this.#off === 0 && !this.#isDeviating) this.#offSinceMs = wallMs;
    this.#fine = 0;
    this.#off++;
    if (this.#off >= this.#confirm) this.#isDeviating = true;
  }

  #noteFine(): void {
    this.#off = 0;
    this.#fine++;
    if (!this.#isDeviating || this.#fine < this.#confirm) return;
    this.#isDeviating = false;
    if (this.#isByDay) this.#day?.forgetSince(this.#offSinceMs);
  }

  /** Values in a row that make a deviation, and its end. */
  get #confirm(): number {
    return this.#series.confirm ?? BUCKETS_PER_WINDOW;
  }

  /** Yesterday is another one with each slot only. */
  #refresh(wallMs: number): void {
    const slot = slotOf(wallMs);
    if (slot === this.#slot) return;
    this.#slot = slot;
    this.#usual = this.#usualAt(wallMs);
  }

  #usualAt(wallMs: number): Usual {
    return this.#isByDay ? new Yesterday(this.#day?.yesterday(wallMs) ?? []) : this.#lately;
  }

  /** A window late, so that a change is not taken for usual while it is confirmed. */
  #remember(value: number): void {
    this.#recent.push(value);
    if (this.#recent.length > BUCKETS_PER_WINDOW) this.#lately.add(this.#recent.shift()!);
  }
}
