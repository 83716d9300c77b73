import { ALERTS } from './alerts/alerts.ts';
import type { AlertRow, Raised, View } from './alerts/alert.ts';
import { Bucket } from './bucket.ts';
import type { FleetReading } from './reading.ts';
import { type Series, SERIES } from './series.ts';
import { BUCKETS_PER_WINDOW, type Deviation, Tracker } from './tracker.ts';

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
export type Baseline = Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;

/** From readings to events. Pure but for what it remembers, which is bounded by the number of engines. */
export class Watcher {
  readonly #bucketMs: number;
  readonly #trackers = new Map<string, Tracker>();
  readonly #active = new Map<string, ActiveAlert>();
  /** Which alert accounts for a deviation, until that ends. */
  readonly #explained = new Map<string, string>();
  #window: Bucket[] = [];
  #bucket = new Bucket();
  #bucketEndMs: number | undefined;
  #last: FleetReading | undefined;

  constructor({ windowMs, baseline = {} }: { windowMs: number; baseline?: Baseline }) {
    this.#bucketMs = windowMs / BUCKETS_PER_WINDOW;
    for (const series of SERIES) {
      for (const [subject, past] of Object.entries(baseline[series.id] ?? {})) {
        this.#trackers.set(keyOf(series, subject), new Tracker(series, subject, past));
      }
    }
  }

  get baseline(): Baseline {
    const found: Record<string, Record<string, readonly number[]>> = {};
    for (const { seriesId, subject, past } of this.#trackers.values()) {
      (found[seriesId] ??= {})[subject] = past;
    }
    return found;
  }

  /** Of the last window, oldest first. */
  get window(): readonly Bucket[] {
    return this.#window;
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
    this.#last = reading;
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
      for (const series of SERIES) this.#trackers.delete(keyOf(series, id));
    }
  }

  #judge({ atMs, engines }: FleetReading): WatchEvent[] {
    this.#follow(this.#window.at(-1)!);
    const deviations = [...this.#trackers.entries()].flatMap(([key, it]) =>
      it.deviation ? [{ key, deviation: it.deviation }] : [],
    );
    this.#forgetEnded(new Set(deviations.map(({ key }) => key)));
    if (this.#window.length < BUCKETS_PER_WINDOW) return [];
    const held = this.#hold(Object.keys(engines), deviations);
    return [...this.#clear(held, atMs), ...this.#raise(held, atMs)];
  }

  #follow(bucket: Bucket): void {
    for (const series of SERIES) {
      const points = series.points(bucket);
      for (const [subject, point] of Object.entries(points)) {
        const key = keyOf(series, subject);
        let tracker = this.#trackers.get(key);
        if (!tracker) this.#trackers.set(key, (tracker = new Tracker(series, subject)));
        tracker.take(point);
      }
    }
  }

  #forgetEnded(lasting: ReadonlySet<string>): void {
    for (const key of this.#explained.keys()) if (!lasting.has(key)) this.#explained.delete(key);
  }

  /** Which alerts hold, each deviation accounted for by the first that can. */
  #hold(
    engineIds: readonly string[],
    deviations: readonly { key: string; deviation: Deviation }[],
  ): Map<string, ActiveAlert> {
    const held = new Map<string, ActiveAlert>();
    for (const row of ALERTS) {
      const open = deviations.filter(({ key }) => (this.#explained.get(key) ?? row.id) === row.id);
      const view: View = {
        buckets: this.#window,
        engineIds,
        deviations: open.map((it) => it.deviation),
      };
      for (const raised of row.holds(view)) {
        held.set(`${row.id} ${raised.subject}`, { ...raised, row, sinceMs: 0 });
        this.#explain(row, raised, open);
      }
    }
    return held;
  }

  #explain(
    { id, explains }: AlertRow,
    { subject }: Raised,
    open: readonly { key: string; deviation: Deviation }[],
  ): void {
    for (const { key, deviation } of open) {
      const isAbout = subject === '' || deviation.subject === '' || deviation.subject === subject;
      if (isAbout && explains.includes(deviation.series.id)) this.#explained.set(key, id);
    }
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

function keyOf({ id }: Series, subject: string): string {
  return `${id} ${subject}`;
}
