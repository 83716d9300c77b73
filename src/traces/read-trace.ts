import { type Entry, entriesOf } from './entries.ts';
import { TRACE_FORMATS } from './formats/formats.ts';
import { idTokensOf } from './id-tokens.ts';
import type { IdTokens, Trace, TraceRow } from './trace.ts';
import { traceInvalid } from './errors.ts';

/**
 * Reads a trace in any form of `TRACE_FORMATS`, told by its first entry.
 * @param tokensPerId as the user says; undefined reads it from the file
 * @throws KvcacheError TRACE_INVALID (kind usage), `where` holding file and line
 */
export function readTrace(text: string, path: string, tokensPerId?: number): Trace {
  const entries = entriesOf(text, path);
  const [first] = entries;
  const format = TRACE_FORMATS.find((it) => it.owns(first!.value));
  if (format === undefined) throw unknownForm(first!);
  const read = format.reader();
  const rows = entries.flatMap((entry) => read(entry));
  if (rows.length === 0) throw traceInvalid(first!.where, 'it holds no request');
  const given: IdTokens | undefined =
    tokensPerId === undefined
      ? format.idTokens && { tokens: format.idTokens(first!), source: 'as the file says' }
      : { tokens: tokensPerId, source: '--tokens-per-id' };
  const idTokens = idTokensOf(rows, path, given);
  return { format: format.name, rows: fromTheFirst(rows), idTokens };
}

function fromTheFirst(rows: readonly TraceRow[]): TraceRow[] {
  const startMs = rows.reduce((first, { atMs }) => Math.min(first, atMs), Infinity);
  return rows.map((row) => ({ ...row, atMs: row.atMs - startMs })).sort((a, b) => a.atMs - b.atMs);
}

function unknownForm({ value, where }: Entry): Error {
  const names = Object.keys(value).slice(0, 8).join(', ').slice(0, 200);
  const known = TRACE_FORMATS.map(({ name }) => name).join(', ');
  if ('conversations' in value) {
    const remedy = 'Send the conversations as prompts: --workload file --file FILE.';
    return traceInvalid(where, 'it is ShareGPT, which has no arrival times', remedy);
  }
  return traceInvalid(where, `no known form (${known}) has the members ${names || '(none)'}`);
}
