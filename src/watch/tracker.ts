import { type Point, Reference } from './reference.ts';
import type { Series } from './series.ts';

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
  /** Buckets that it lasts so far. */
  buckets: number;
}

/** Follows one series of one subject. */
export class Tracker {
  readonly subject: string;
  readonly #series: Series;
  readonly #usual = new Reference();
  /** Not yet known to be usual. */
  readonly #recent: number[] = [];
  /** Buckets in a row that were off in the bad direction, and buckets in a row that were not. */
  #off = 0;
  #fine = 0;
  #isDeviating = false;
  #last = 0;

  /** @param past what was usual before */
  constructor(series: Series, subject: string, past: readonly number[] = []) {
    this.#series = series;
    this.subject = subject;
    for (const value of past) this.#usual.add(value);
  }

  /** What is usual, with the last window unless it looks otherwise. */
  get past(): readonly number[] {
    return this.#off === 0 ? [...this.#usual.past, ...this.#recent] : this.#usual.past;
  }

  get seriesId(): string {
    return this.#series.id;
  }

  get isLearning(): boolean {
    return !this.#usual.isReady;
  }

  /** @param point absent: nothing was seen in this bucket, which is no news */
  take(point: Point | undefined): void {
    if (!point) return;
    this.#last = point.value;
    const { bad, matters } = this.#series;
    const direction = this.#usual.judge(point, matters);
    const isOff = direction !== 0 && (bad === 0 || direction === bad);
    this.#off = isOff ? this.#off + 1 : 0;
    this.#fine = isOff ? 0 : this.#fine + 1;
    const { confirm = BUCKETS_PER_WINDOW } = this.#series;
    if (this.#off >= confirm) this.#isDeviating = true;
    if (this.#fine >= confirm) this.#isDeviating = false;
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
      usual: read(this.#usual.median),
      buckets: this.#off,
    };
  }

  /** What is, is usual from now on. */
  adopt(): void {
    this.#usual.forget();
    this.#recent.length = 0;
    this.#off = 0;
    this.#isDeviating = false;
  }

  /** A window late, so that a change is not taken for usual while it is confirmed. */
  #remember(value: number): void {
    this.#recent.push(value);
    if (this.#recent.length > BUCKETS_PER_WINDOW) this.#usual.add(this.#recent.shift()!);
  }
}
