import { NumberColumn, TextColumn } from './columns.ts';
import type { Sample } from './sample.ts';

interface Column {
  push(value: unknown): void;
  at(index: number): unknown;
}

/** Servers may put an id into every message; the sample file keeps them all. */
const PROBLEMS_MAX = 1_000;

const mark = (): Column => new NumberColumn(1_000);
const count = (): Column => new NumberColumn(1);
const text = (): Column => new TextColumn();

const COLUMNS: Readonly<Record<Exclude<keyof Sample, 'itlsMs'>, () => Column>> = {
  id: count,
  phase: text,
  arm: text,
  block: count,
  group: text,
  intendedMs: mark,
  sentMs: mark,
  firstTokenMs: mark,
  lastTokenMs: mark,
  endMs: mark,
  promptTokens: count,
  outputTokens: count,
  cachedTokens: count,
  servedBy: text,
  servedBySource: text,
  headerServedBy: text,
  reason: text,
  predictedTokens: count,
  status: count,
  finishReason: text,
  failure: text,
  problem: () => new TextColumn(PROBLEMS_MAX),
  requestBytes: count,
  answerBytes: count,
};

/**
 * The samples of a run in columns: 25 to 60 bytes each, so that a million of them fit beside the
 * program. Rows are built on demand.
 */
export class SampleTable {
  readonly #columns = (Object.keys(COLUMNS) as (keyof typeof COLUMNS)[]).map(
    (name) => [name, COLUMNS[name]()] as const,
  );
  readonly #itls = new NumberColumn(1_000);
  readonly #itlEnd = new NumberColumn(1);

  get length(): number {
    return this.#itlEnd.length;
  }

  push(sample: Sample): void {
    for (const [name, column] of this.#columns) column.push(sample[name]);
    for (const itlMs of sample.itlsMs) this.#itls.push(itlMs);
    this.#itlEnd.push(this.#itls.length);
  }

  /** @throws RangeError outside 0..length−1 */
  at(index: number): Sample {
    if (!(index >= 0 && index < this.length)) throw new RangeError(`No sample ${index}.`);
    const itlStart = index === 0 ? 0 : this.#itlEnd.at(index - 1);
    const row: Record<string, unknown> = {
      itlsMs: Array.from(this.#itls.copy(itlStart, this.#itlEnd.at(index))),
    };
    for (const [name, column] of this.#columns) row[name] = column.at(index);
    return row as unknown as Sample;
  }

  *[Symbol.iterator](): Generator<Sample> {
    for (let index = 0; index < this.length; index++) yield this.at(index);
  }
}
