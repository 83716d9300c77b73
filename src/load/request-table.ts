import { NumberColumn } from './columns.ts';
import { gapsIn } from './missing-ids.ts';

/** What the statistics of a phase need of each of its requests; undefined where there is nothing. */
export interface RequestRow {
  id: number;
  intendedMs: number;
  latencyMs?: number | undefined;
  ttftMs?: number | undefined;
  tpotMs?: number | undefined;
  latenessMs?: number | undefined;
  /** 1 for a failure, 0 for a success. */
  failed?: number | undefined;
  promptTokens?: number | undefined;
  cachedTokens?: number | undefined;
}

type Figure = Exclude<keyof RequestRow, 'id' | 'intendedMs'>;

const FIGURES: readonly Figure[] = [
  'latencyMs',
  'ttftMs',
  'tpotMs',
  'latenessMs',
  'failed',
  'promptTokens',
  'cachedTokens',
];

/** The requests of a phase in columns, pushed as they end and read in the order of their starts. */
export class RequestTable {
  readonly #ids = new NumberColumn(1);
  readonly #intended = new NumberColumn(1_000);
  readonly #figures = new Map(FIGURES.map((name) => [name, new NumberColumn(1_000)]));
  #order: Uint32Array | undefined;

  get length(): number {
    return this.#intended.length;
  }

  push(row: RequestRow): void {
    this.#order = undefined;
    this.#ids.push(row.id);
    this.#intended.push(row.intendedMs);
    for (const [name, column] of this.#figures) column.push(row[name]);
  }

  /** The known values of a figure, by intended start. */
  inOrder(figure: Figure): Float64Array {
    const column = this.#figures.get(figure)!;
    this.#order ??= this.#byStart();
    const values = new Float64Array(this.length);
    let known = 0;
    for (const place of this.#order) {
      const value = column.at(place);
      if (value !== undefined) values[known++] = value;
    }
    return values.subarray(0, known);
  }

  #byStart(): Uint32Array {
    const starts = this.#intended.copy();
    const order = Uint32Array.from(starts.keys());
    // A closed loop records nearly in order, and sorting a million rows is felt.
    const isSorted = starts.every((start, place) => place === 0 || starts[place - 1]! <= start);
    return isSorted ? order : order.sort((a, b) => starts[a]! - starts[b]! || a - b);
  }

  /**
   * The gaps in the ids 0…highest: requests that were sent and that nobody recorded, each with the start
   * of the request sent before it.
   */
  gaps(): Pick<RequestRow, 'id' | 'intendedMs'>[] {
    const ids = Int32Array.from({ length: this.length }, (_, row) => this.#ids.at(row)!);
    return gapsIn(ids).map(({ id, before }) => ({ id, intendedMs: this.#intended.at(before)! }));
  }
}
