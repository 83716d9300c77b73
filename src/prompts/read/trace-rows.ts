import type { Entry } from '../../traces/entries.ts';
import { traceInvalid } from '../../traces/errors.ts';
import type { TraceFormat } from '../../traces/formats/format.ts';
import { IdTokensReading } from '../../traces/id-tokens.ts';
import { type HashedRow, type IdTokens, isHashed } from '../../traces/trace.ts';
import { promptsInvalid } from '../errors.ts';

/** Rows by which the size of an id is told before the first of them is counted. */
const ROWS_AHEAD = 4_096;

/**
 * The rows of a trace that have ids, as they are asked for, and how many tokens an id stands for: as given, or as so
 * many of the rows tell that it is one size.
 * @throws KvcacheError PROMPTS_INVALID, TRACE_INVALID (kind usage), also while the rows are read
 */
export async function traceRows(
  entries: AsyncIterable<Entry>,
  format: TraceFormat,
  { path, given }: { path: string; given: IdTokens | undefined },
): Promise<{ rows: AsyncIterable<HashedRow>; idTokens: number }> {
  const sizes = new IdTokensReading(path, given);
  const rows = hashedRows(entries, format, sizes);
  const ahead: HashedRow[] = [];
  const wanted = given === undefined ? ROWS_AHEAD : 1;
  while (sizes.soFar === undefined || ahead.length < wanted) {
    const next = await rows.next();
    if (next.done) break;
    ahead.push(next.value);
  }
  if (ahead.length === 0) {
    throw promptsInvalid(path, 'the trace has no ids, so nobody knows what its prompts share');
  }
  const idTokens = sizes.soFar ?? sizes.ofAll()!.tokens;
  return { rows: checkedRows(ahead, rows, { path, idTokens, sizes }), idTokens };
}

async function* hashedRows(
  entries: AsyncIterable<Entry>,
  format: TraceFormat,
  sizes: IdTokensReading,
): AsyncGenerator<HashedRow> {
  const read = format.reader();
  for await (const entry of entries) {
    for (const row of read(entry)) {
      if (!isHashed(row)) continue;
      sizes.add(row);
      yield row;
    }
  }
}

/** All of them; at the end it is known whether the first ones told the truth. */
async function* checkedRows(
  ahead: readonly HashedRow[],
  rows: AsyncIterable<HashedRow>,
  { path, idTokens, sizes }: { path: string; idTokens: number; sizes: IdTokensReading },
): AsyncGenerator<HashedRow> {
  yield* ahead;
  yield* rows;
  const { tokens } = sizes.ofAll()!;
  if (tokens === idTokens) return;
  throw traceInvalid(
    path,
    `its first ${ahead.length} requests fit ${idTokens} tokens per id, all of them only ${tokens}`,
    `Say --tokens-per-id ${tokens}, if it is that.`,
  );
}
