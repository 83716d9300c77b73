import type { AlertRow, Raised } from './alerts/alert.ts';
import { BUCKETS_PER_WINDOW, type Deviation } from './tracker.ts';

/** A deviation by the key of what it is of. */
export interface KeyedDeviation {
  key: string;
  deviation: Deviation;
}

/** Buckets after its end that an alert accounts for what it brought: a cache fills again, requests find back. */
const LASTS_BUCKETS = 3 * BUCKETS_PER_WINDOW;

interface Account {
  rowId: string;
  /** Since the alert held last. */
  agoBuckets: number;
}

interface Held {
  row: AlertRow;
  raised: Raised;
  agoBuckets: number;
}

/**
 * Which alert accounts for which deviation: until the deviation ends, or the alert has been over for so long that
 * it explains nothing any more. Memory is bounded by the deviations and the alerts of one window.
 */
export class Explanations {
  readonly #accounts = new Map<string, Account>();
  /** Held now or a window ago: a deviation is seen that long after it began. */
  #lately: Held[] = [];

  /** To be called once a bucket, before anything is explained. */
  age(lasting: readonly KeyedDeviation[]): void {
    const keys = new Set(lasting.map(({ key }) => key));
    for (const [key, account] of this.#accounts) {
      if (!keys.has(key) || ++account.agoBuckets > LASTS_BUCKETS) this.#accounts.delete(key);
    }
    for (const it of this.#lately) it.agoBuckets++;
    this.#lately = this.#lately.filter(({ agoBuckets }) => agoBuckets <= BUCKETS_PER_WINDOW);
  }

  /** What no alert before this one accounts for. */
  openTo(row: AlertRow, deviations: readonly KeyedDeviation[]): KeyedDeviation[] {
    for (const held of this.#lately.filter((it) => it.row === row)) {
      const begun = deviations.filter(({ deviation }) => deviation.buckets > held.agoBuckets);
      this.#account(held, begun);
    }
    return deviations.filter(({ key }) => (this.#accounts.get(key)?.rowId ?? row.id) === row.id);
  }

  /** @param open of the same alert, from {@link openTo} */
  explain(row: AlertRow, raised: Raised, open: readonly KeyedDeviation[]): void {
    this.#lately = this.#lately.filter(
      (it) => it.row !== row || it.raised.subject !== raised.subject,
    );
    const held: Held = { row, raised, agoBuckets: 0 };
    this.#lately.push(held);
    this.#account(held, open);
  }

  #account({ row, raised, agoBuckets }: Held, deviations: readonly KeyedDeviation[]): void {
    for (const { key, deviation } of deviations) {
      const known = this.#accounts.get(key);
      if (known && known.rowId !== row.id) continue;
      if (known && known.agoBuckets <= agoBuckets) continue;
      if (!isAbout(deviation, raised) || !row.explains.includes(deviation.series.id)) continue;
      this.#accounts.set(key, { rowId: row.id, agoBuckets });
    }
  }
}

/** Of the fleet, of the same engine, or of what the engines share: an engine that gets less leaves more to the others. */
function isAbout({ series, subject }: Deviation, raised: Raised): boolean {
  return (
    raised.subject === '' ||
    subject === '' ||
    subject === raised.subject ||
    series.isShared === true
  );
}
