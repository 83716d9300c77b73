import { ALERTS } from './alerts/alerts.ts';
import type { AlertRow, Raised, View } from './alerts/alert.ts';
import { Bucket } from './bucket.ts';
import { DayPast } from './day-past.ts';
import { Explanations, type KeyedDeviation } from './explanations.ts';
import type { FleetReading } from './reading.ts';
import { type Series, SERIES } from './series.ts';
import type { BySeries } from './state-file.ts';
import { BUCKETS_PER_WINDOW, Tracker, type TrackerPast } from './tracker.ts';

/** Something that began or ended. */
export interface WatchEvent {
  kind: 'raised' | 'cleared';
  alert: AlertRow;
  /** An engine's id, or '' for the fleet. */
  subject: string;
  evidence: string;
  /** When, by the reading it was seen in. */
  atMs: number;
}

/** After so long a change is what is usual. */
const ADOPTED_AFTER_MS = 24 * 3_600_000;

interface ActiveAlert extends Raised {
  row: AlertRow;
  sinceMs: number;
}

/** What was usual: values by series and subject. */
export type Baseline = BySeries<readonly number[]>;
/** The last day, by series and subject. */
export type History = BySeries<DayPast>;

export interface WatcherOptions {
  windowMs: number;
  baseline?: Baseline | undefined;
  /** Absent: the day is not kept. */
  history?: History | undefined;
  /** Wall clock now, where everything is compared with the day before; absent: with what was usual lately. */
  byDayFromMs?: number | undefined;
}

/** From readings to events. Pure but for what it remembers, which is bounded by the number of engines. */
export class Watcher {
  readonly #bucketMs: number;
  readonly #keepsDay: boolean;
  readonly #byDayFromMs: number | undefined;
  readonly #trackers = new Map<string, Tracker>();
  readonly #active = new Map<string, ActiveAlert>();
  readonly #explanations = new Explanations();
  #window: Bucket[] = [];
  #bucket = new Bucket();
  #bucketEndMs: number | undefined;
  #last: FleetReading | undefined;

  constructor(options: WatcherOptions) {
    const { windowMs, baseline, history, byDayFromMs } = options;
    this.#bucketMs = windowMs / BUCKETS_PER_WINDOW;
    this.#keepsDay = history !== undefined;
    this.#byDayFromMs = byDayFromMs;
    for (const series of SERIES) {
      const [recent, day] = [baseline?.[series.id], history?.[series.id]];
      for (const subject of Object.keys({ ...recent, ...day })) {
        this.#follower(series, subject, { recent: recent?.[subject], day: day?.[subject] });
      }
    }
  }

  get baseline(): Baseline {
    return this.#bySeries(({ past }) => past);
  }

  get history(): History {
    return this.#bySeries(({ day = new DayPast() }) => day);
  }

  /** Of the last window, oldest first. */
  get window(): readonly Bucket[] {
    return this.#window;
  }

  /** What was heard of KV events so far, by the last reading. */
  get heard(): NonNullable<FleetReading['heard']> {
    return this.#last?.heard ?? {};
  }

  get active(): readonly { row: AlertRow; subject: string; evidence: string; sinceMs: number }[] {
    return [...this.#active.values()];
  }

  /** Whether nothing can be called unusual yet. */
  get isLearning(): boolean {
    const trackers = [...this.#trackers.values()];
    return trackers.every((it) => it.isLearning);
  }

  /** What these engines count next begins anew. */
  forgetReadings(ids: readonly string[]): void {
    if (ids.length === 0 || !this.#last) return;
    const kept = Object.entries(this.#last.engines).map(
      ([id, reading]) => [id, ids.includes(id) ? null : reading] as const,
    );
    this.#last = { ...this.#last, engines: Object.fromEntries(kept) };
  }

  /** Readings come in the order of their time. */
  take(reading: FleetReading): WatchEvent[] {
    const last = this.#last;
    this.#last = last ? carriedOn(last, reading) : reading;
    if (!last) {
      this.#bucketEndMs = reading.atMs + this.#bucketMs;
      return [];
    }
    this.#forgetGone(last, reading);
    this.#bucket.add(last, reading);
    if (reading.atMs < this.#bucketEndMs!) return [];
    this.#bucketEndMs = reading.atMs + this.#bucketMs;
    this.#window = [...this.#window, this.#bucket].slice(-BUCKETS_PER_WINDOW);
    this.#bucket = new Bucket();
    return this.#judge(reading);
  }

  /** An engine that is no longer asked for is not down, and what was usual of it is of no use. */
  #forgetGone(last: FleetReading, now: FleetReading): void {
    for (const id of Object.keys(last.engines)) {
      if (Object.hasOwn(now.engines, id)) continue;
      delete this.#bucket.engines[id];
      delete this.#bucket.heard[id];
      for (const series of SERIES) this.#trackers.delete(keyOf(series, id));
    }
  }

  #judge({ atMs, wallMs, engines }: FleetReading): WatchEvent[] {
    this.#follow(this.#window.at(-1)!, wallMs);
    const deviations = [...this.#trackers.entries()].flatMap(([key, it]) =>
      it.deviation ? [{ key, deviation: it.deviation }] : [],
    );
    this.#explanations.age(deviations);
    if (this.#window.length < BUCKETS_PER_WINDOW) return [];
    const held = this.#hold(Object.keys(engines), deviations);
    return [...this.#clear(held, atMs), ...this.#raise(held, atMs)];
  }

  #follow(bucket: Bucket, wallMs: number): void {
    for (const series of SERIES) {
      const points = series.points(bucket);
      for (const [subject, point] of Object.entries(points)) {
        const tracker = this.#trackers.get(keyOf(series, subject));
        (tracker ?? this.#follower(series, subject)).take(point, wallMs);
      }
    }
  }

  #follower(
    series: Series,
    subject: string,
    past: Pick<TrackerPast, 'recent' | 'day'> = {},
  ): Tracker {
    const day = this.#keepsDay ? (past.day ?? new DayPast()) : undefined;
    const tracker = new Tracker(series, subject, {
      ...past,
      day,
      byDayFromMs: this.#byDayFromMs,
    });
    this.#trackers.set(keyOf(series, subject), tracker);
    return tracker;
  }

  #bySeries<T>(value: (tracker: Tracker) => T): BySeries<T> {
    const found: Record<string, Record<string, T>> = {};
    for (const tracker of this.#trackers.values()) {
      (found[tracker.seriesId] ??= {})[tracker.subject] = value(tracker);
    }
    return found;
  }

  /** Which alerts hold, each deviation accounted for by the first that can. */
  #hold(
    engineIds: readonly string[],
    deviations: readonly KeyedDeviation[],
  ): Map<string, ActiveAlert> {
    const held = new Map<string, ActiveAlert>();
    for (const row of ALERTS) {
      const open = this.#explanations.openTo(row, deviations);
      const view: View = {
        buckets: this.#window,
        engineIds,
        deviations: open.map((it) => it.deviation),
      };
      for (const raised of row.holds(view)) {
        held.set(`${row.id} ${raised.subject}`, { ...raised, row, sinceMs: 0 });
        this.#explanations.explain(row, raised, open);
      }
    }
    return held;
  }

  #raise(held: ReadonlyMap<string, ActiveAlert>, atMs: number): WatchEvent[] {
    const events: WatchEvent[] = [];
    for (const [key, { row, subject, evidence }] of held) {
      const known = this.#active.get(key);
      this.#active.set(key, { row, subject, evidence, sinceMs: known?.sinceMs ?? atMs });
      if (!known) events.push({ kind: 'raised', alert: row, subject, evidence, atMs });
      else if (atMs - known.sinceMs >= ADOPTED_AFTER_MS) this.#adopt(row, subject);
    }
    return events;
  }

  #clear(held: ReadonlyMap<string, ActiveAlert>, atMs: number): WatchEvent[] {
    const ended = [...this.#active].filter(([key]) => !held.has(key));
    return ended.map(([key, { row, subject, evidence }]) => {
      this.#active.delete(key);
      return { kind: 'cleared', alert: row, subject, evidence, atMs };
    });
  }

  #adopt({ explains }: AlertRow, subject: string): void {
    for (const tracker of this.#trackers.values()) {
      const { seriesId, subject: at } = tracker;
      if (explains.includes(seriesId) && (subject === '' || at === '' || at === subject)) {
        tracker.adopt();
      }
    }
  }
}

/** What could not be read now stands as it was read last: after a while away, counters that went back tell of a restart. */
function carriedOn(last: FleetReading, now: FleetReading): FleetReading {
  const engines = Object.entries(now.engines).map(
    ([id, reading]) => [id, reading ?? last.engines[id] ?? null] as const,
  );
  const gateway = now.gateway === null ? last.gateway : now.gateway;
  return { ...now, engines: Object.fromEntries(engines), gateway };
}

function keyOf({ id }: Series, subject: string): string {
  return `${id} ${subject}`;
}
